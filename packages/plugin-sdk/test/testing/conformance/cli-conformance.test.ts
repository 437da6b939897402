import { jest } from '@jest/globals'
import { type CliPlugin, defineCliPlugin } from '../../../src/cli/index.ts'
import { ConformanceError, conformance } from '../../../src/testing/index.ts'

// Each test opens whole chats, most of them two.
jest.setTimeout(180_000)

const short = { timeoutMs: 300, patienceMs: 1000, graceMs: 300 }
const plugin = (parts: Partial<CliPlugin>): CliPlugin => ({
  name: 'misbehaving',
  apiVersion: 1,
  ...parts,
})
const garbage = (value: unknown) => value as never

const misbehaviours: ReadonlyArray<readonly [string, CliPlugin, RegExp]> = [
  [
    'throws on text that is no word',
    plugin({
      transformOutgoing: {
        handler(text) {
          if (text.startsWith('[')) throw new RangeError('no word')
          return text
        },
      },
    }),
    /fails in transformOutgoing, which threw no word for "\[\]"/,
  ],
  [
    'hangs',
    plugin({ transformIncoming: { handler: () => new Promise(() => undefined) } }),
    /fails in transformIncoming, which had no answer within its budget of 300 ms/,
  ],
  [
    'changes the message it is given',
    plugin({
      transformIncoming: { handler: (message) => Object.assign(message, { text: 'mine' }) },
    }),
    /fails in transformIncoming, which tried to change what it was given/,
  ],
  [
    'changes who wrote',
    plugin({ transformIncoming: { handler: (message) => ({ ...message, from: 'carol' }) } }),
    /fails in transformIncoming, which answered a message with another "from"/,
  ],
  [
    'notes what is no text',
    plugin({
      transformIncoming: { handler: (message) => ({ ...message, meta: garbage({ seen: 1 }) }) },
    }),
    /fails in transformIncoming, which answered a message whose "meta" is not all text/,
  ],
  [
    'takes every message for one of text',
    plugin({
      renderers: [({ body }) => (body as { text: string }).text.trim()],
    }),
    /fails in renderers\[0\], which threw /,
  ],
  [
    'throws when it is told of the beginning',
    plugin({
      on: {
        opened() {
          throw new Error('no beginning')
        },
      },
    }),
    /fails in on\.opened, which threw no beginning/,
  ],
  [
    'rejects when it is told of the end',
    plugin({ on: { closed: () => garbage(Promise.reject(new Error('no end'))) } }),
    /fails in on\.closed, which threw no end/,
  ],
  [
    'throws when it is told of presence',
    plugin({
      on: {
        presence({ state }) {
          if (state === 'busy') throw new Error('never busy')
        },
      },
    }),
    /fails in on\.presence, which threw never busy/,
  ],
  [
    'throws when it is told of a key',
    plugin({
      on: {
        keyChanged({ proved }) {
          if (!proved) throw new Error('no proof')
        },
      },
    }),
    /fails in on\.keyChanged, which threw no proof/,
  ],
  [
    'renders what is no text',
    plugin({ renderers: [() => garbage(7)] }),
    /fails in renderers\[0\], which answered 7, which is no text/,
  ],
  [
    'takes a body that it cannot put into words',
    plugin({
      kinds: { 'x-poll': { parse: (body) => body, text: (body) => Object(body).question.trim() } },
    }),
    /fails in kinds\.x-poll, which threw /,
  ],
  [
    'leaves an interval behind, floods the chat, and drops a rejection',
    plugin({
      transformIncoming: {
        handler(message, chat) {
          for (let time = 0; time < 50; time++) chat.notice('still here')
          return message
        },
      },
      on: {
        opened: () => {
          setInterval(() => undefined, 60_000).unref()
          void Promise.reject(new Error('dropped'))
        },
      },
    }),
    /leaks a handle: an interval of 60000 ms is open after its end/,
  ],
  ['is none', garbage({ name: 'misbehaving', apiVersion: 2 }), /cannot be loaded: .*apiVersion 2/],
]

test.each(misbehaviours)(
  'names a plugin of the command line that %s',
  async (_what, given, sentence) => {
    const error: unknown = await conformance(given, short).catch((thrown: unknown) => thrown)
    if (!(error instanceof ConformanceError)) throw error ?? new Error('It passed.')
    expect(error.failures).toContainEqual(expect.stringMatching(sentence))
    if (given.transformIncoming === undefined || given.on?.opened === undefined) return
    expect(error.failures.join('\n')).toMatch(
      /floods the chat from transformIncoming: \d+ messages and notices/,
    )
    expect(error.failures.join('\n')).toMatch(/leaks a handle: an interval/)
    expect(error.failures.join('\n')).toMatch(/leaves a rejection that nobody takes.*: dropped/)
  },
)

test('passes a hook whose plugin does all it may', async () => {
  let ticking: NodeJS.Timeout | undefined
  await conformance(
    defineCliPlugin({
      name: 'well',
      apiVersion: 1,
      transformOutgoing: { handler: (text) => `${text}!` },
      transformIncoming: {
        handler: (message) =>
          message.text === '' ? undefined : { ...message, meta: { ...message.meta, seen: 'yes' } },
      },
      renderers: [
        (message, theme) => (message.kind === 'text' ? theme.bold(message.text) : undefined),
      ],
      kinds: {
        'x-poll': {
          parse(body) {
            if (typeof Reflect.get(Object(body), 'question') !== 'string')
              throw new TypeError('no poll')
            return body
          },
          text: (body) => `Poll: ${Reflect.get(Object(body), 'question')}`,
        },
      },
      slashCommands: [
        { name: 'poll', describe: 'ask', complete: () => ['today'], run: () => undefined },
      ],
      on: {
        opened: () => {
          ticking = setInterval(() => undefined, 1000)
        },
        closed: () => clearInterval(ticking),
      },
    }),
    { graceMs: 300 },
  )
})
