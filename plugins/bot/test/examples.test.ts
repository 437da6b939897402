/** The examples that ship: each is a bot, and does what its first line says. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import echo from '../examples/echo.ts'
import reminder from '../examples/reminder.ts'
import type { Bot, BotHandle, BotMessage } from '../src/bot.ts'
import { checkBot } from '../src/load/check-bot.ts'
import { handlerFor } from '../src/run/commands.ts'

const folder = join(import.meta.dirname, '../examples')

let values: Map<string, unknown>
let sent: string[]
let handle: BotHandle
beforeEach(() => {
  values = new Map()
  sent = []
  handle = {
    me: 'bot',
    signal: new AbortController().signal,
    log: () => undefined,
    history: async () => [],
    send: async (to, text) => ({ id: String(sent.push(`${to}: ${text}`)) }),
    state: {
      get: <T>(key: string) => values.get(key) as T | undefined,
      set: (key, value) => void (value === undefined ? values.delete(key) : values.set(key, value)),
      keys: (prefix = '') => [...values.keys()].filter((key) => key.startsWith(prefix)).sort(),
    },
  }
})

async function ask(bot: Bot, text: string, id = 'one') {
  const found = handlerFor(text, checkBot(bot, { file: 'f', unnamed: 'test' }))
  const message: BotMessage = {
    id,
    from: 'alice',
    at: '',
    text,
    rest: found?.rest ?? '',
    trust: 'pinned',
  }
  return found?.run(message, handle)
}

test.each(readdirSync(folder))('%s is a bot', async (file) => {
  const { default: bot } = await import(join(folder, file))
  expect(() => checkBot(bot, { file, unnamed: 'test' })).not.toThrow()
})

test('echo', async () => {
  expect(await ask(echo, 'hello')).toBe('You said: hello')
})

test('faq answers what it knows, and counts what it does not', async () => {
  const { default: faq } = await import(join(folder, 'faq.mjs'))
  expect(await ask(faq, 'When are you open?')).toContain('9 to 17')
  expect(await ask(faq, 'Why is the sky blue?')).toContain('A person')
  expect([...values]).toEqual([['unanswered/alice', 1]])
  expect(await ask(faq, '/topics')).toContain('Opening hours')
})

describe('reminder', () => {
  const tell = reminder.every?.['5s']

  test('brings back what was asked for, once, when it is time', async () => {
    expect(await ask(reminder, '/remind 0s tea\nwith milk')).toBe('I will, in 0s.')
    expect(await ask(reminder, '/remind 1h cake', 'two')).toBe('I will, in 1h.')
    await tell?.(handle)
    await tell?.(handle)
    expect(sent).toEqual(['alice: Reminder: tea\nwith milk'])
    expect(await ask(reminder, '/list')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC: cake$/)
  })

  test('asked twice with one message, reminds once', async () => {
    await ask(reminder, '/remind 0s tea')
    await ask(reminder, '/remind 0s tea')
    await tell?.(handle)
    expect(sent).toHaveLength(1)
  })

  test.each(['/remind', '/remind soon tea', '/remind 5m'])('%j is told how', async (text) => {
    expect(await ask(reminder, text)).toContain('/remind 20m tea')
  })
})
