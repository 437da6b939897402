import type { BotCommand, BotMessage, MessageHandler } from '../bot.ts'
import type { CheckedBot } from '../load/check-bot.ts'

type Commands = Pick<CheckedBot, 'commands' | 'describe' | 'onMessage'>

/** Who answers a text, and what of it stands behind the command. */
export function handlerFor(
  text: string,
  bot: Commands,
): { readonly run: MessageHandler; readonly rest: string } | undefined {
  const [, name = '', rest = ''] = /^\s*(\/\S+)\s*([\s\S]*)$/.exec(text) ?? []
  const command = commandNamed(name.toLowerCase(), bot)
  if (command !== undefined) return { run: command.run.bind(command), rest: rest.trimEnd() }
  if (bot.onMessage !== undefined) return { run: bot.onMessage, rest: text }
  if (bot.commands.size === 0) return undefined
  const run = ({ text: asked }: BotMessage) =>
    /^\s*\//.test(asked) ? 'I do not know this command. /help lists those that I know.' : help(bot)
  return { run, rest: text }
}

function commandNamed(name: string, bot: Commands): BotCommand | undefined {
  const known = bot.commands.get(name)
  if (known !== undefined || name !== '/help' || bot.commands.size === 0) return known
  return { describe: 'this list', run: () => help(bot) }
}

function help({ commands, describe }: Commands): string {
  const lines = [...commands]
    .filter(([name]) => name !== '/help')
    .map(([name, command]) => (command.describe === '' ? name : `${name}: ${command.describe}`))
  return [...(describe === undefined ? [] : [describe]), ...lines, '/help: this list'].join('\n')
}
