import type { Hook } from '@oclif/core'
import type { CliPlugin } from './cli-plugin.ts'

/**
 * Makes the hook that `oclif.hooks["chat:extend"]` of a plugin's package.json names. The hook does nothing but hand
 * the plugin over; a wrong key or return type does not compile.
 *
 * @example
 * import { defineCliPlugin } from '@secure-chat/plugin-sdk/cli'
 *
 * export default defineCliPlugin({
 *   name: 'shout',
 *   apiVersion: 1,
 *   transformOutgoing: { handler: (text) => text.toUpperCase() },
 *   slashCommands: [
 *     {
 *       name: 'shrug',
 *       describe: 'send a shrug',
 *       run: async (_args, chat) => {
 *         await chat.send('¯\\_(ツ)_/¯')
 *       },
 *     },
 *   ],
 * })
 */
// biome-ignore lint/suspicious/noExplicitAny: oclif types hooks by the events it knows; ours is not among them.
export function defineCliPlugin(plugin: CliPlugin): Hook<any> {
  return async () => plugin
}
