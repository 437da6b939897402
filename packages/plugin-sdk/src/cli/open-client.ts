import type { Config } from '@oclif/core'
import type { ChatClient } from './chat-client.ts'

/** Where the program puts what `openClient` calls: a member of the options of oclif's config. */
const clientOpener = Symbol.for('secure-chat.openClient')

/**
 * For commands of plugins: the signed-in profile (`SECURE_CHAT_PROFILE`, or `--profile` of `clientFlags`). Asks the server nothing.
 *
 * @throws the program's own errors, exit codes included: `not_signed_in`, `vault_locked`, `wrong_passphrase`
 * @example
 * import { Command } from '@oclif/core'
 * import { openClient } from '@secure-chat/plugin-sdk/cli'
 *
 * export default class Greet extends Command {
 *   async run(): Promise<void> {
 *     const client = await openClient(this.config)
 *     try {
 *       await client.send('bob', `${client.me} says hello`)
 *     } finally {
 *       await client.close()
 *     }
 *   }
 * }
 */
export async function openClient(config: Config): Promise<ChatClient> {
  const open: unknown = Reflect.get(config.options, clientOpener)
  if (typeof open !== 'function') {
    throw new Error(
      'openClient works inside secure-chat only: run the command as `secure-chat …`, with the plugin installed or linked.',
    )
  }
  return open(config)
}
