import type { ServerPlugin } from './server-plugin.ts'

/**
 * Gives a server plugin its types; at run time it is the identity. The server wants the answer as the default
 * export of the module that `secureChat.server` of the package's package.json names.
 *
 * @example
 * import { defineServerPlugin, z } from '@secure-chat/plugin-sdk/server'
 *
 * export default defineServerPlugin({
 *   name: 'quiet-hours',
 *   apiVersion: 1,
 *   capabilities: ['transformEnvelope'],
 *   config: z.object({ from: z.number(), until: z.number() }),
 *   create: ({ clock }, { from, until }) => ({
 *     transformEnvelope: {
 *       band: 'early',
 *       types: ['CHAT_MESSAGE'],
 *       handler: () => {
 *         const hour = new Date(clock.now()).getUTCHours()
 *         return hour >= from && hour < until
 *           ? { kind: 'annotate', meta: { quiet: 'yes' } }
 *           : { kind: 'pass' }
 *       },
 *     },
 *   }),
 * })
 */
export function defineServerPlugin<C>(plugin: ServerPlugin<C>): ServerPlugin<C> {
  return plugin
}
