import { describe, expect, test } from '@jest/globals'
import type { Bot, BotHandle, BotMessage } from '../../src/bot.ts'
import { checkBot } from '../../src/load/check-bot.ts'
import { handlerFor } from '../../src/run/commands.ts'

const bot: Bot = {
  describe: 'A bot.',
  commands: {
    '/time': { describe: 'what time it is', run: ({ rest }) => `time:${rest}` },
    '/Bare': ({ rest }) => `bare:${rest}`,
  },
}

async function answer(given: Bot, text: string) {
  const handler = handlerFor(text, checkBot(given, { file: 'f', unnamed: 'test' }))
  const message: BotMessage = {
    id: 'i',
    from: 'alice',
    at: '',
    text,
    rest: handler?.rest ?? '',
    trust: 'pinned',
  }
  return handler?.run(message, Object.create(null) as BotHandle)
}

test.each([
  ['/time', 'time:'],
  ['/TIME in  Rome ', 'time:in  Rome'],
  ['  /time\nin Rome', 'time:in Rome'],
  ['/bare x', 'bare:x'],
])('%j finds its command', async (text, expected) => {
  expect(await answer(bot, text)).toBe(expected)
})

describe('what is no command', () => {
  test('goes to onMessage, whole', async () => {
    const both = { ...bot, onMessage: ({ rest }: BotMessage) => `other:${rest}` }
    for (const text of ['hello', '/timer', '/ time', 'say /time']) {
      expect(await answer(both, text)).toBe(`other:${text}`)
    }
  })

  test('is told what there is, where there is no onMessage', async () => {
    expect(await answer(bot, '/nothing')).toContain('/help')
    expect(await answer(bot, 'hello')).toContain('/time')
  })

  test('is left alone by a bot of tasks alone', () => {
    const tasks = checkBot({ every: { '1d': () => undefined } }, { file: 'f', unnamed: 'test' })
    expect(handlerFor('hello', tasks)).toBeUndefined()
  })
})

describe('/help', () => {
  test('lists the commands', async () => {
    expect(await answer(bot, '/help')).toBe(
      'A bot.\n/time: what time it is\n/bare\n/help: this list',
    )
  })

  test("is the bot's own where it has one, and a text like any other where it has no commands", async () => {
    expect(await answer({ commands: { '/help': () => 'mine' } }, '/help')).toBe('mine')
    expect(await answer({ onMessage: ({ text }) => text }, '/help')).toBe('/help')
  })
})
