import type { Bot } from './bot.ts'

/**
 * Returns its argument: only for the types, so that an editor knows every member.
 *
 * @example
 * import { defineBot } from 'secure-chat-plugin-bot'
 *
 * export default defineBot({
 *   onMessage: ({ text }) => `You said: ${text}`,
 *   commands: {
 *     '/time': { describe: 'what time it is', run: () => new Date().toISOString() },
 *   },
 * })
 */
export function defineBot(bot: Bot): Bot {
  return bot
}
