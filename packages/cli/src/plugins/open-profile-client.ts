import type { Config } from '@oclif/core/interfaces'
import type { ChatClient } from '@secure-chat/plugin-sdk/cli'
import { makeContext } from '../context.ts'
import { userAgentOf } from '../user-agent.ts'
import { openChatClient } from './open-client.ts'

/** Flags of the program that a plugin's command takes by declaring them. */
export type ClientFlags = {
  readonly profile: string | undefined
  readonly 'no-input': boolean
  readonly insecure: boolean
}

/** With the settings and variables that hold for every command; other flags are the plugin's own. */
export function openProfileClient(config: Config, given: ClientFlags): Promise<ChatClient> {
  const { configDir, dataDir, version } = config
  const flags = {
    json: undefined,
    server: undefined,
    plain: false,
    'no-plugins': false,
    ...given,
  }
  return openChatClient(makeContext(flags, { configDir, dataDir, userAgent: userAgentOf(version) }))
}
