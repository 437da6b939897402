/** What the program hands to its commands, and to those of plugins, by the options of oclif's config. */
import type { Config, LoadOptions, PJSON, Plugin } from '@oclif/core/interfaces'
import type { ChatClient } from '@secure-chat/plugin-sdk/cli'
import type { BrokenPlugin } from './load-plugins.ts'

/** The same symbol as in the SDK's `openClient`, which every plugin has from wherever it has it. */
const clientOpener = Symbol.for('secure-chat.openClient')
const brokenPlugins = Symbol.for('secure-chat.brokenPlugins')

export type HostOptions = {
  readonly openClient: (config: Config) => Promise<ChatClient>
  /** Installed, and left out because they did not load. */
  readonly broken: readonly BrokenPlugin[]
}

export function withHost(
  options: { readonly root: string; readonly pjson: PJSON; readonly plugins: Map<string, Plugin> },
  { openClient, broken }: HostOptions,
): LoadOptions {
  return Object.assign({ ...options }, { [clientOpener]: openClient, [brokenPlugins]: broken })
}

export function brokenOf(config: Config): readonly BrokenPlugin[] {
  const options: unknown = Reflect.get(config, 'options')
  const isThere = typeof options === 'object' && options !== null
  return (isThere && Reflect.get(options, brokenPlugins)) || []
}
