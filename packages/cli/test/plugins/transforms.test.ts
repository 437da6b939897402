import { describe, expect, test } from '@jest/globals'
import type { StoredMessage } from '@secure-chat/client'
import { type Chat, type CliPlugin, z } from '@secure-chat/plugin-sdk/cli'
import { makeKinds } from '../../src/plugins/kinds.ts'
import { makeCaller } from '../../src/plugins/plugin-failure.ts'
import { makeRender } from '../../src/plugins/render.ts'
import { makeTheme } from '../../src/plugins/safe-styled.ts'
import { makeIncoming, makeOutgoing } from '../../src/plugins/transforms.ts'

const plugin = (name: string, parts: Omit<CliPlugin, 'name' | 'apiVersion'>): CliPlugin => ({
  name,
  apiVersion: 1,
  ...parts,
})

const chatFor = (name: string): Chat => ({
  me: 'alice',
  peer: 'bob',
  trust: 'new',
  send: async () => ({ id: name }),
  sendKind: async () => ({ id: name }),
  history: async () => [],
  notice: () => undefined,
})

const message: StoredMessage = {
  id: 'a',
  from: 'bob',
  to: 'alice',
  at: '2026-11-23T08:00:00.000Z',
  direction: 'in',
  kind: 'text',
  text: 'hello',
  body: { text: 'hello', list: ['x'] },
  re: null,
  meta: {},
  state: 'received',
  reason: null,
  trust: 'pinned',
  notices: [],
  unread: true,
}

const caller = (budgetMs = 1_000) => makeCaller(() => performance.now(), budgetMs)
const never = () => new Promise<never>(() => undefined)

describe('the outgoing chain', () => {
  const adding = (mark: string, band?: 'early' | 'normal' | 'late') =>
    plugin(mark, {
      transformOutgoing: { ...(band && { band }), handler: (text) => `${text}${mark}` },
    })

  test('runs early, normal, late, and within a band as installed', async () => {
    const plugins = [adding('5', 'late'), adding('2'), adding('1', 'early'), adding('3')]
    const send = makeOutgoing([...plugins, adding('4', 'normal')], caller())
    expect(await send('', chatFor)).toBe('12345')
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('out of ideas')
      },
      /out of ideas/,
    ],
    [
      'rejects',
      async () => {
        throw 'a word'
      },
      /a word/,
    ],
    ['answers no text', () => Object(42), /no text/],
    ['leaves nothing', () => '', /no text to send/],
    ['hangs', never, /did not answer within/],
  ])('one that %s: an error that names it', async (_what, handler, reason) => {
    const send = makeOutgoing(
      [adding('a'), plugin('faulty', { transformOutgoing: { handler } })],
      caller(20),
    )
    await expect(send('x', chatFor)).rejects.toMatchObject({ code: 'plugin_error' })
    await expect(send('x', chatFor)).rejects.toThrow(
      /The plugin faulty failed in transformOutgoing/,
    )
    await expect(send('x', chatFor)).rejects.toThrow(reason)
  })

  test('one that was late is not waited for again at once', async () => {
    let calls = 0
    const handler = () => {
      calls += 1
      return never()
    }
    const send = makeOutgoing([plugin('slow', { transformOutgoing: { handler } })], caller(20))
    await expect(send('x', chatFor)).rejects.toThrow('did not answer')
    await expect(send('x', chatFor)).rejects.toThrow('did not answer')
    expect(calls).toBe(1)
  })

  test('one that is late again after its rest rests again', async () => {
    let now = 0
    let calls = 0
    const call = makeCaller(() => now, 5)
    const late = () =>
      call('slow', 'transformOutgoing', () => {
        calls += 1
        return never()
      })
    for (const [at, soFar] of [
      [0, 1],
      [29_999, 1],
      [30_000, 2],
      [59_999, 2],
      [60_000, 3],
    ] as const) {
      now = at
      await expect(late()).rejects.toThrow('did not answer')
      expect([at, calls]).toEqual([at, soFar])
    }
  })
})

describe('the incoming chain', () => {
  const answering = (handler: NonNullable<CliPlugin['transformIncoming']>['handler']) =>
    makeIncoming([plugin('filter', { transformIncoming: { handler } })], caller(20))

  test('changes text and notes, or hides', async () => {
    const receive = answering((given) => ({
      ...given,
      text: 'HELLO',
      meta: { 'filter.seen': 'yes' },
    }))
    expect(await receive(message, chatFor)).toMatchObject({
      text: 'HELLO',
      meta: { 'filter.seen': 'yes' },
    })
    expect(await answering(() => undefined)(message, chatFor)).toBeUndefined()
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no dictionary')
      },
      'no dictionary',
    ],
    ['hangs', never, 'did not answer'],
    ['answers garbage', () => JSON.parse('7'), 'is no message'],
    ['forges the sender', (given: object) => Object({ ...given, from: 'carol' }), '"from"'],
    [
      'writes into the message',
      (given: object) => Object.assign(given, { text: 'x' }),
      'read only',
    ],
    [
      'writes into the body',
      (given: { body: unknown }) => Object.assign(Object(given.body).list, ['y']),
      'read only',
    ],
  ])(
    'one that %s: a notice that names it stands in place of the message',
    async (_what, handler, reason) => {
      const shown = await answering(handler)(message, chatFor)
      expect(shown).toMatchObject({ id: 'a', kind: 'notice', body: null })
      expect(shown?.text).toContain('The plugin filter failed in transformIncoming')
      expect(shown?.text).toContain(reason)
      expect(JSON.stringify(shown)).not.toContain('hello')
    },
  )
})

describe('kinds', () => {
  const kinds = makeKinds([
    plugin('poll', {
      kinds: {
        'x-poll': {
          parse: (body) => {
            const { question } = Object(body)
            if (typeof question !== 'string') throw new Error('there is no question')
            return { question }
          },
          text: (body) => `Poll: ${Object(body).question}`,
        },
      },
    }),
  ])
  const poll = { ...message, kind: 'x-poll', text: 'a message of kind x-poll (plugin needed)' }

  test('give the text of their messages', () => {
    expect(kinds.read({ ...poll, body: { question: 'tea?' } }).text).toBe('Poll: tea?')
    expect(kinds.read(message)).toBe(message)
  })

  test('a body that is not of its kind keeps the text that says so, with the reason', () => {
    const read = kinds.read({ ...poll, body: { q: 1 } })
    expect(read.text).toBe(poll.text)
    expect(read.notices.join()).toMatch(
      /The plugin poll failed in kinds\["x-poll"\]: there is no question/,
    )
  })

  test('what zod says against a body is said in words', () => {
    const parse = z.object({ question: z.string(), options: z.array(z.string()).min(2) }).parse
    const strict = makeKinds([plugin('poll', { kinds: { 'x-poll': { parse, text: String } } })])
    const body = { question: 'tea?', options: ['yes'] }
    expect(() => strict.check('x-poll', body)).toThrow(
      /failed in kinds\["x-poll"\]: options: Too small: [^[{}]+\.$/,
    )
    expect(() => strict.check('x-poll', 'tea')).toThrow(
      /: Invalid input: expected object[^[{}]+\.$/,
    )
  })

  test('are checked before sending; kinds of nobody pass', () => {
    expect(() => kinds.check('x-poll', {})).toThrow('there is no question')
    expect(() => kinds.check('x-other', {})).not.toThrow()
  })
})

describe('renderers', () => {
  const theme = makeTheme({ colour: true, width: 80 })

  test('the first that answers is shown', () => {
    const render = makeRender(
      [
        plugin('a', { renderers: [() => undefined] }),
        plugin('b', { renderers: [({ text }, { bold }) => bold(text)] }),
        plugin('c', { renderers: [() => 'never'] }),
      ],
      theme,
      () => undefined,
    )
    expect(render(message)).toBe('\x1b[1mhello\x1b[22m\x1b[0m')
  })

  test('what others wrote cannot look as if the theme had given it', () => {
    const render = makeRender(
      [plugin('a', { renderers: [({ text, body }) => text + Object(body).text] })],
      theme,
      () => undefined,
    )
    const text = '\x1b[1mbold\x1b[22m'
    expect(render({ ...message, text, body: { text } })).not.toContain('\x1b')
  })

  test('one that fails is told once, and the next is asked', () => {
    const told: string[] = []
    const render = makeRender(
      [
        plugin('faulty', {
          renderers: [
            () => {
              throw new Error('no')
            },
            () => Object(1),
          ],
        }),
        plugin('b', { renderers: [() => 'fine'] }),
      ],
      theme,
      (failure) => told.push(failure),
    )
    expect([render(message), render(message)]).toEqual(['fine', 'fine'])
    expect(told).toEqual(['The plugin faulty failed in renderers: no.'])
  })

  test('words of the program itself are no message', () => {
    const render = makeRender([plugin('a', { renderers: [() => 'x'] })], theme, () => undefined)
    expect(render({ ...message, kind: 'notice' })).toBeUndefined()
    expect(render({ ...message, state: 'undecryptable' })).toBeUndefined()
  })
})
