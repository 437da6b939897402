import { ChatError } from '@secure-chat/plugin-sdk/cli'
import type { Bot, BotCommand, MessageHandler } from '../bot.ts'
import { parseDuration } from './duration.ts'

/** A bot with nothing left to guess. */
export type CheckedBot = {
  readonly name: string
  readonly describe: string | undefined
  readonly only: ReadonlySet<string> | undefined
  readonly onMessage: MessageHandler | undefined
  /** By name in lower case. */
  readonly commands: ReadonlyMap<string, BotCommand>
  readonly every: ReadonlyArray<{
    readonly key: string
    readonly ms: number
    readonly run: NonNullable<Bot['every']>[string]
  }>
}

const members = ['name', 'describe', 'only', 'onMessage', 'commands', 'every'] as const
export const namePattern = /^[a-z0-9][a-z0-9-]{0,39}$/

/**
 * @param exported what the module exports by default: a bot, or a function that answers messages
 * @param unnamed the name of a bot that says none
 * @throws ChatError `usage` with what is wrong and what would be right
 */
export function checkBot(
  exported: unknown,
  { file, unnamed }: { file: string; unnamed: string },
): CheckedBot {
  const wrong = (what: string) =>
    new ChatError('usage', `${file} is no bot: ${what}.`, {
      suggestions: ['export default { onMessage: ({ text }) => text }'],
    })
  const bot = typeof exported === 'function' ? { onMessage: exported } : exported
  if (!isRecord(bot)) throw wrong('it has no default export that is an object or a function')
  const unknown = Object.keys(bot).find((key) => !members.some((member) => member === key))
  if (unknown !== undefined)
    throw wrong(`it has a member "${unknown}"; there are ${members.join(', ')}`)
  const { name = unnamed, describe, only, onMessage, commands = {}, every = {} } = bot
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw wrong('its name is not made of up to 40 lower-case letters, digits and dashes')
  }
  if (describe !== undefined && typeof describe !== 'string') throw wrong('"describe" is no text')
  if (only !== undefined && !isListOfTexts(only)) throw wrong('"only" is no list of user names')
  if (onMessage !== undefined && !isHandler(onMessage)) throw wrong('"onMessage" is no function')
  if (!isRecord(commands) || !isRecord(every)) throw wrong('"commands" and "every" are objects')
  const checked: CheckedBot = {
    name,
    describe,
    only: only && new Set(only.map((user) => user.toLowerCase())),
    onMessage,
    commands: new Map(Object.entries(commands).map(([key, value]) => commandOf(key, value, wrong))),
    every: Object.entries(every).map(([key, run]) => {
      const ms = parseDuration(key)
      if (ms === undefined) throw wrong(`"${key}" in "every" is no time: 30s, 15m, 1h and 1d are`)
      if (typeof run !== 'function') throw wrong(`"${key}" in "every" is no function`)
      return { key, ms, run: (handle) => run(handle) }
    }),
  }
  if (!onMessage && checked.commands.size === 0 && checked.every.length === 0) {
    throw wrong('it does nothing: onMessage, commands or every is needed')
  }
  return checked
}

function commandOf(
  key: string,
  value: unknown,
  wrong: (what: string) => Error,
): [string, BotCommand] {
  const name = key.toLowerCase()
  if (!/^\/\S+$/.test(key)) throw wrong(`"${key}" in "commands" is no command: "/name" is`)
  if (isHandler(value)) return [name, { describe: '', run: value }]
  if (isRecord(value) && isHandler(value.run) && typeof value.describe === 'string') {
    return [name, { describe: value.describe, run: value.run.bind(value) }]
  }
  throw wrong(`"${key}" in "commands" is neither a function nor { describe, run }`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isHandler(value: unknown): value is MessageHandler {
  return typeof value === 'function'
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
