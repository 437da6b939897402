import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ChatError, type ChatMessage } from '@secure-chat/plugin-sdk/cli'
import type { Bot } from '../../src/bot.ts'
import { checkBot } from '../../src/load/check-bot.ts'
import type { BotEvent } from '../../src/run/journal.ts'
import { type RunOptions, runBot } from '../../src/run/run-bot.ts'
import { openBotFile } from '../../src/state/bot-file.ts'
import { fakeProfile } from '../support/fake-client.ts'

let folder: string
let profile: ReturnType<typeof fakeProfile>
const running: Array<{ stop(): Promise<void> }> = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secure-chat-bot-'))
  profile = fakeProfile()
})
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
  rmSync(folder, { recursive: true, force: true })
})

function start(bot: Bot | Bot['onMessage'], options: Partial<RunOptions> = {}) {
  const stopping = new AbortController()
  const events: BotEvent[] = []
  const logs: string[] = []
  const file = openBotFile(join(folder, 'bot.sqlite'))
  const ended = runBot({
    bot: checkBot(bot, { file: 'bot.ts', unnamed: 'test' }),
    client: profile.client,
    file,
    journal: (event) => {
      events.push(event)
      profile.wake()
    },
    log: (text) => void logs.push(text),
    timeoutMs: 5000,
    perMinute: 30,
    isOnce: false,
    stopping: stopping.signal,
    trustPollMs: 10,
    ...options,
  }).finally(() => file.close())
  const stop = async () => {
    stopping.abort()
    await ended
    profile.forgetListeners()
  }
  running.push({ stop: () => stop().catch(() => undefined) })
  return { events, logs, ended, stop }
}

const echo = ({ text }: { text: string }) => `You said: ${text}`
const seen = (events: readonly BotEvent[], type: BotEvent['type']) =>
  events.filter((event) => event.type === type)
const until = (holds: () => boolean) => profile.until(holds)

describe('a message', () => {
  test('is answered once, as an answer to it', async () => {
    start(echo)
    const asked = profile.write('alice', 'hello')
    await until(() => profile.answers('alice').length === 1)
    expect(profile.lines.at(-1)).toMatchObject({
      to: 'alice',
      text: 'You said: hello',
      re: asked.id,
    })
    await until(() => profile.lines[0]?.isUnread === false)
  })

  test('that the handler has no answer to is dealt with all the same', async () => {
    const { events } = start(() => undefined)
    profile.write('alice', 'hello')
    await until(() => seen(events, 'silent').length === 1)
    await until(() => profile.lines[0]?.isUnread === false)
    expect(profile.answers('alice')).toEqual([])
  })

  test.each<[string, Partial<ChatMessage>]>([
    ['of another kind', { kind: 'x-poll' }],
    ['to somebody else, of which this is a copy', { to: 'carol' }],
  ])('%s is left alone', async (_what, part) => {
    const { events } = start(echo)
    profile.write('alice', 'hello', part)
    await until(() => seen(events, 'ignored').length === 1)
    expect(profile.answers('alice')).toEqual([])
  })

  test('of a user who is not named in "only" is left alone', async () => {
    const { events } = start({ only: ['Alice'], onMessage: echo })
    profile.write('mallory', 'hello')
    profile.write('alice', 'hello')
    await until(() => profile.answers('alice').length === 1 && seen(events, 'ignored').length === 1)
    expect(profile.answers('mallory')).toEqual([])
  })

  test('of one user waits for the one before; those of others do not', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const order: string[] = []
    start(async ({ from, text }) => {
      order.push(`${from} ${text}`)
      if (text === 'slow') await promise
      return text
    })
    profile.write('alice', 'slow')
    profile.write('alice', 'second')
    profile.write('bob', 'first')
    await until(() => profile.answers('bob').length === 1)
    expect(order).toEqual(['alice slow', 'bob first'])
    resolve()
    await until(() => profile.answers('alice').length === 2)
    expect(profile.answers('alice')).toEqual(['slow', 'second'])
  })
})

describe('what came while the bot was not running', () => {
  test('is answered first, in order, once', async () => {
    for (const text of ['one', 'two', 'three']) profile.write('alice', text)
    const first = start(echo)
    await until(() => profile.answers('alice').length === 3)
    await first.stop()
    profile.write('alice', 'four')
    start(echo)
    await until(() => profile.answers('alice').length === 4)
    expect(profile.answers('alice')).toEqual(
      ['one', 'two', 'three', 'four'].map((text) => `You said: ${text}`),
    )
  })

  test('is not answered if a person has read it', async () => {
    profile.write('alice', 'for a person')
    await profile.client.markRead('alice', 'id-1')
    start(echo)
    profile.write('alice', 'for the bot')
    await until(() => profile.answers('alice').length === 1)
    expect(profile.answers('alice')).toEqual(['You said: for the bot'])
  })

  test('with --once is all there is', async () => {
    profile.write('alice', 'one')
    profile.write('bob', 'two')
    const { ended } = start(echo, { isOnce: true })
    await ended
    expect([profile.answers('alice'), profile.answers('bob')]).toEqual([
      ['You said: one'],
      ['You said: two'],
    ])
  })
})

describe('killed', () => {
  test('behind its answer, it does not answer again, nor call the handler again', async () => {
    const asked = profile.write('alice', 'hello')
    // The answer is in the outbox, and nothing of it in the bot's own file.
    await profile.client.send('alice', 'You said: hello', { re: asked.id })
    let calls = 0
    const { events } = start(() => {
      calls += 1
      return 'again'
    })
    profile.write('alice', 'another')
    await until(() => seen(events, 'answered').length === 1)
    expect(calls).toBe(1)
    expect(profile.answers('alice')).toEqual(['You said: hello', 'again'])
  })

  test('between its note and the mark in the history, it does not answer again', async () => {
    const asked = profile.write('alice', 'hello')
    const file = openBotFile(join(folder, 'bot.sqlite'))
    file.setDone('alice', asked.id)
    file.close()
    start(echo, { isOnce: true })
    await until(() => profile.lines[0]?.isUnread === false)
    expect(profile.answers('alice')).toEqual([])
  })

  test('at the same message again and again, it goes on without it', async () => {
    const asked = profile.write('alice', 'poison')
    const file = openBotFile(join(folder, 'bot.sqlite'))
    for (let time = 0; time < 3; time++) file.countAttempt('alice', asked.id)
    file.close()
    const { events, ended } = start(echo, { isOnce: true })
    profile.write('alice', 'fine')
    await ended
    expect(seen(events, 'failed')).toMatchObject([{ reason: 'gave_up', re: asked.id }])
    expect(profile.answers('alice')).not.toContain('You said: poison')
  })
})

describe('a handler', () => {
  test('that throws is logged, and the next message is answered', async () => {
    const { events } = start(({ text }) => {
      if (text === 'boom') throw new Error('on purpose')
      return text
    })
    profile.write('alice', 'boom')
    profile.write('alice', 'fine')
    await until(() => profile.answers('alice').length === 1)
    expect(seen(events, 'failed')).toMatchObject([
      { reason: 'threw', message: expect.stringContaining('on purpose') },
    ])
    expect(JSON.stringify(events)).not.toContain('boom')
  })

  test('that hangs is told so by its signal, and the next message is answered', async () => {
    let isTold = false
    const { events } = start(
      ({ text }, { signal }) =>
        text === 'fine'
          ? text
          : new Promise(() =>
              signal.addEventListener('abort', () => {
                isTold = true
              }),
            ),
      { timeoutMs: 50 },
    )
    profile.write('alice', 'hang')
    profile.write('alice', 'fine')
    await until(() => profile.answers('alice').length === 1)
    expect(seen(events, 'failed')).toMatchObject([{ reason: 'late' }])
    expect(isTold).toBe(true)
  })

  test.each([[42], [{}], [null], ['']])('that answers %j is told what is wrong', async (answer) => {
    const { events } = start(() => answer as string)
    profile.write('alice', 'hello')
    await until(() => seen(events, 'failed').length === 1)
    expect(seen(events, 'failed')).toMatchObject([{ reason: 'bad_answer' }])
  })

  test('is given the history, its state, and a way to send', async () => {
    const first = start(async ({ from, text }, bot) => {
      const count = (bot.state.get<number>('count') ?? 0) + 1
      bot.state.set('count', count)
      await bot.send('carol', `${from} wrote`)
      const lines = await bot.history(from)
      bot.log('noted')
      return `${text} ${count} ${lines.length} ${bot.me}`
    })
    profile.write('alice', 'a')
    await until(() => profile.answers('alice').length === 1)
    expect(first.logs).toEqual(['noted'])
    await first.stop()
    profile.write('alice', 'b')
    start((_message, bot) => String(bot.state.get('count')), { isOnce: true })
    await until(() => profile.answers('alice').length === 2)
    expect(profile.answers('alice')).toEqual(['a 1 1 bot', '1'])
    expect(profile.answers('carol')).toEqual(['alice wrote'])
  })
})

describe('no bot talks for ever', () => {
  test('an answer to one of its answers is not answered', async () => {
    const { events } = start(echo)
    profile.write('alice', 'hello')
    await until(() => profile.answers('alice').length === 1)
    profile.write('alice', 'You said: You said: hello', { re: profile.lines.at(-1)?.id ?? '' })
    await until(() => seen(events, 'ignored').length === 1)
    expect(seen(events, 'ignored')).toMatchObject([{ reason: 'answers_an_answer' }])
  })

  test('of one user so many messages are answered in a minute, of others none fewer', async () => {
    const { events } = start(echo, { perMinute: 3 })
    for (let time = 0; time < 5; time++) profile.write('alice', `${time}`)
    profile.write('bob', 'hello')
    await until(() => seen(events, 'ignored').length === 2 && profile.answers('bob').length === 1)
    expect(profile.answers('alice')).toHaveLength(3)
    expect(seen(events, 'ignored')).toMatchObject([{ reason: 'too_many' }, { reason: 'too_many' }])
  })
})

describe('a sender whose key has changed', () => {
  test('whose key changes again while trust is looked up has the later message held as well, in its order', async () => {
    profile.changed.add('alice')
    const asked: string[] = []
    const looked = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    const { users } = profile.client
    let isNext = false
    profile.client.users = async () => {
      const found = await users()
      if (isNext) {
        isNext = false
        looked.resolve()
        await answered.promise
      }
      return found
    }
    const { events } = start(({ text }) => {
      asked.push(text)
      return text
    })
    profile.write('alice', '1')
    await until(() => seen(events, 'held').length === 1)
    profile.changed.delete('alice')
    isNext = true
    await looked.promise
    profile.changed.add('alice')
    profile.write('alice', '2')
    profile.write('bob', 'hello')
    await until(() => profile.answers('bob').length === 1)
    answered.resolve()
    profile.write('bob', 'again')
    await until(() => profile.answers('bob').length === 2)
    expect(asked).toEqual(['hello', 'again'])
    profile.changed.delete('alice')
    await until(() => profile.answers('alice').length === 2)
    expect(profile.answers('alice')).toEqual(['1', '2'])
  })

  test('and is trusted by now is answered with --once', async () => {
    profile.changed.add('alice')
    profile.write('alice', 'hello')
    profile.changed.delete('alice')
    await start(echo, { isOnce: true }).ended
    expect(profile.answers('alice')).toEqual(['You said: hello'])
  })

  test('is answered, in order, when it is trusted, and not before', async () => {
    let calls = 0
    const { events } = start(({ text }) => {
      calls += 1
      return text
    })
    profile.changed.add('alice')
    profile.write('alice', 'one')
    profile.write('alice', 'two')
    profile.write('bob', 'hello')
    await until(() => seen(events, 'held').length > 0 && profile.answers('bob').length === 1)
    expect(calls).toBe(1)
    profile.changed.delete('alice')
    await until(() => profile.answers('alice').length === 2)
    expect(profile.answers('alice')).toEqual(['one', 'two'])
  })

  test('is answered after a restart too', async () => {
    profile.changed.add('alice')
    const first = start(echo)
    profile.write('alice', 'hello')
    await until(() => seen(first.events, 'held').length === 1)
    await first.stop()
    start(echo)
    profile.changed.delete('alice')
    await until(() => profile.answers('alice').length === 1)
  })

  test('between question and answer: the answer waits, and is not made twice', async () => {
    let calls = 0
    const { events } = start(() => {
      calls += 1
      if (calls === 1) profile.changed.add('alice')
      return 'an answer'
    })
    profile.write('alice', 'hello')
    await until(() => seen(events, 'held').length === 1)
    expect(profile.answers('alice')).toEqual([])
    profile.changed.delete('alice')
    await until(() => profile.answers('alice').length === 1)
    expect(calls).toBe(1)
  })
})

describe('the end', () => {
  test('comes after the message at hand, and those behind it stay for the next time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let calls = 0
    const { stop, ended } = start(async ({ text }) => {
      calls += 1
      await promise
      return text
    })
    profile.write('alice', 'at hand')
    profile.write('alice', 'behind')
    await Promise.resolve()
    while (calls === 0) await new Promise(setImmediate)
    const stopped = stop()
    resolve()
    await Promise.all([stopped, ended])
    expect(profile.answers('alice')).toEqual(['at hand'])
    expect(profile.lines.filter(({ isUnread }) => isUnread).map(({ text }) => text)).toEqual([
      'behind',
    ])
  })

  test('of the session ends the bot with its error; a recipient who is gone does not', async () => {
    const { client } = profile
    const failing = (code: 'no_such_user' | 'token_invalid') => ({
      ...client,
      send: () => Promise.reject(new ChatError(code)),
    })
    profile.write('alice', 'hello')
    const { events, ended } = start(echo, { isOnce: true, client: failing('no_such_user') })
    await ended
    expect(seen(events, 'failed')).toMatchObject([{ reason: 'not_sent' }])
    profile.write('alice', 'hello again')
    const other = start(echo, { client: failing('token_invalid') })
    await expect(other.ended).rejects.toMatchObject({ code: 'token_invalid' })
  })
})

describe('tasks', () => {
  test('run by their interval, and one that throws does not end the bot', async () => {
    let runs = 0
    const { events } = start({
      every: {
        '1s': () => {
          runs += 1
          if (runs === 1) throw new Error('on purpose')
        },
      },
    })
    await until(() => seen(events, 'ran').length === 1)
    expect(seen(events, 'failed')).toMatchObject([{ task: '1s', reason: 'threw' }])
  })

  test('that were due while the bot was not running are made up for once', async () => {
    const file = openBotFile(join(folder, 'bot.sqlite'))
    file.setLastRun('1d', Date.now() - 10 * 86_400_000)
    file.close()
    const { events, stop } = start({
      every: { '1d': async (bot) => void (await bot.send('carol', 'daily')) },
    })
    await until(() => seen(events, 'ran').length === 1)
    await stop()
    expect(profile.answers('carol')).toEqual(['daily'])
  })
})
