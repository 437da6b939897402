import type { Config } from '@oclif/core/interfaces'
import type { ChatClient } from '@secure-chat/plugin-sdk/cli'
import { makeContext } from '../context.ts'
import { userAgentOf } from '../user-agent.ts'
import { openChatClient } from './open-client.ts'

/** With the settings and variables that hold for every command; flags are the plugin's own, but for the profile. */
export function openProfileClient(
  config: Config,
  profile: string | undefined,
): Promise<ChatClient> {
  const { configDir, dataDir, version } = config
  const flags = {
    json: undefined,
    profile,
    server: undefined,
    'no-input': false,
    plain: false,
    'no-plugins': false,
    insecure: false,
  }
  return openChatClient(makeContext(flags, { configDir, dataDir, userAgent: userAgentOf(version) }))
}
