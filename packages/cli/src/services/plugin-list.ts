import { resolve } from 'node:path'
import type { Config, Plugin } from '@oclif/core/interfaces'
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import { collectFrom } from '../plugins/collect.ts'
import { brokenOf } from '../plugins/host-options.ts'
import { type InstalledPlugin, membersOf, readInstalled } from '../plugins/installed.ts'
import { withoutPassword } from '../plugins/without-password.ts'

export type PluginRow = {
  readonly name: string
  readonly version: string | null
  readonly type: 'user' | 'link'
  readonly location: string
  /** Where it was installed from. */
  readonly source: string | null
  /** Why it is left out. */
  readonly problem: string | null
}

/** In the order in which their chains run. */
export function listPlugins(config: Config): PluginRow[] {
  return readInstalled(config.dataDir).map((entry) => rowOf(entry, config))
}

function rowOf({ name, type, root, spec }: InstalledPlugin, config: Config): PluginRow {
  const broken = brokenOf(config).find((one) => one.name === name)
  return {
    name,
    version: loadedOf(name, config)?.version ?? null,
    type,
    location: root,
    source: spec === undefined ? null : withoutPassword(spec),
    problem: broken?.error.message ?? null,
  }
}

export type PluginDetails = PluginRow & {
  readonly integrity: string | null
  readonly pinned: boolean
  /** Range of plugin API versions it was made for. */
  readonly api: string | null
  /** What of secure-chat it extends. */
  readonly extends: ReadonlyArray<'cli' | 'server'>
  readonly commands: readonly string[]
  /** What it adds to a chat; null when it does not, or cannot be asked. */
  readonly chat: {
    readonly name: string
    readonly parts: readonly string[]
    readonly slash_commands: readonly string[]
    readonly kinds: readonly string[]
  } | null
}

/** Loads its code. @throws ChatError not_found */
export async function inspectPlugin(named: string, config: Config): Promise<PluginDetails> {
  const entry = findInstalled(named, config.dataDir)
  const row = rowOf(entry, config)
  const plugin = loadedOf(entry.name, config)
  const secureChat = membersOf(plugin && Reflect.get(plugin.pjson, 'secureChat'))
  const isForServer = secureChat.server !== undefined
  const { chat, problem } = plugin
    ? await chatPartsOf(plugin, config)
    : { chat: null, problem: row.problem }
  return {
    ...row,
    problem,
    integrity: entry.integrity ?? null,
    pinned: entry.isPinned,
    api: typeof secureChat.api === 'string' ? secureChat.api : null,
    extends: isForServer ? ['cli', 'server'] : ['cli'],
    commands: plugin?.commandIDs.map((id) => id.replaceAll(':', ' ')).toSorted() ?? [],
    chat,
  }
}

async function chatPartsOf(
  plugin: Plugin,
  config: Config,
): Promise<Pick<PluginDetails, 'chat' | 'problem'>> {
  try {
    const [collected] = await collectFrom(plugin, config)
    return { chat: collected ? describe(collected.plugin) : null, problem: null }
  } catch (error) {
    if (!isChatError(error)) throw error
    return { chat: null, problem: error.message }
  }
}

function describe(plugin: CliPlugin): PluginDetails['chat'] {
  const { name, apiVersion: _version, slashCommands = [], kinds = {}, ...parts } = plugin
  return {
    name,
    parts: Object.keys(parts),
    slash_commands: slashCommands.map((command) => command.name),
    kinds: Object.keys(kinds),
  }
}

/** By its name, or by the folder it is linked from. @throws ChatError not_found */
export function findInstalled(named: string, dataDir: string): InstalledPlugin {
  const all = readInstalled(dataDir)
  const found = all.find(({ name, root }) => name === named || root === resolve(named))
  if (found) return found
  const names = all.map(({ name }) => name)
  throw new ChatError('not_found', `No plugin ${named} is installed.`, {
    suggestions:
      names.length > 0 ? [`Installed: ${names.join(', ')}`] : ['secure-chat plugins install NAME'],
  })
}

function loadedOf(name: string, config: Config): Plugin | undefined {
  return config
    .getPluginsList()
    .find((plugin) => plugin.name === name && (plugin.type === 'user' || plugin.type === 'link'))
}
