import { createServer } from 'node:net'
import type { Contributions, ServerContext, ServerPlugin } from '../../../src/server/index.ts'

/** A plugin that is well but for what a test makes of it. */
export function pluginOf(
  create: (ctx: ServerContext) => Contributions | Promise<Contributions>,
  more: Partial<ServerPlugin> = {},
): ServerPlugin {
  return {
    name: 'misbehaving',
    apiVersion: 1,
    capabilities: ['transformEnvelope'],
    declares: ['x-mine'],
    create,
    ...more,
  }
}

type Handler = NonNullable<Contributions['transformEnvelope']>['handler']

/** The answer is not checked by the compiler: it is what plugins of JavaScript give. */
export function transform(handler: (...given: Parameters<Handler>) => unknown): Contributions {
  return { transformEnvelope: { types: ['CHAT_MESSAGE'], handler: handler as Handler } }
}

const pass = () => ({ kind: 'pass' })
const forever = () => new Promise<never>(() => undefined)

/** What a plugin does, and the sentence that must name it. */
export const misbehaviours: ReadonlyArray<readonly [string, ServerPlugin, RegExp]> = [
  [
    'throws on an empty message',
    pluginOf(() =>
      transform(({ message }) => {
        if (message === '') throw new RangeError('no text')
        return pass()
      }),
    ),
    /fails in transformEnvelope, which threw no text for \{.*"message":""/,
  ],
  [
    'hangs',
    pluginOf(() => transform(forever)),
    /fails in transformEnvelope, which had no answer within its budget of 100 ms/,
  ],
  [
    'holds the thread beyond its budget',
    pluginOf(() =>
      transform(() => {
        const end = performance.now() + 150
        while (performance.now() < end);
        return pass()
      }),
    ),
    /fails in transformEnvelope, which held the thread for \d+ ms/,
  ],
  [
    'holds the thread after it has waited',
    pluginOf(() =>
      transform(async () => {
        await undefined
        const end = performance.now() + 150
        while (performance.now() < end);
        return pass()
      }),
    ),
    /fails in transformEnvelope, which held the thread beyond its budget of 100 ms/,
  ],
  [
    'hangs while it is made',
    pluginOf(forever),
    /cannot be loaded: .*create had no answer within its budget of 1000 ms/,
  ],
  [
    'hangs while it is closed',
    pluginOf(() => ({ ...transform(pass), close: forever })),
    /cannot be closed: close had no answer within its budget of 1000 ms/,
  ],
  [
    'returns other keys than it declares',
    pluginOf(() => ({ ...transform(pass), onSignedIn() {} })),
    /cannot be loaded: .*plugin_keys_differ/,
  ],
  [
    'cannot be loaded a second time over its own data',
    pluginOf(async ({ storage }) => {
      if ((await storage.get('made')) !== undefined) throw new Error('made before')
      await storage.set('made', true)
      return transform(pass)
    }),
    /cannot be loaded: .*made before/,
  ],
  [
    'leaks an interval',
    pluginOf(() => {
      setInterval(() => undefined, 60_000).unref()
      return transform(pass)
    }),
    /leaks a handle: an interval of 60000 ms is open after its end/,
  ],
  [
    'leaks a listening socket',
    pluginOf(async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      leaked.push(() => server.close())
      return transform(pass)
    }),
    /leaks a handle: a listening socket is open after its end/,
  ],
  [
    'changes the envelope',
    pluginOf(() =>
      transform((envelope) => {
        Object.assign(envelope, { message: 'mine' })
        return pass()
      }),
    ),
    /fails in transformEnvelope, which tried to change what it was given: Cannot assign to read only property 'message'/,
  ],
  [
    'changes what all code shares',
    pluginOf(() =>
      transform(({ message }) => {
        if (message.startsWith('{'))
          Object.assign(Object.getPrototypeOf({}), JSON.parse('{"kind":"reject"}'))
        return pass()
      }),
    ),
    /changes what all code shares: Object\.prototype has got kind/,
  ],
  [
    'floods the log',
    pluginOf(({ log }) =>
      transform(() => {
        for (let line = 0; line < 300; line++) log.info('still here')
        return pass()
      }),
    ),
    /floods the server from transformEnvelope: \d+ calls of ctx for \d+ of the handler/,
  ],
  [
    'floods mailboxes for ever',
    pluginOf(({ send }) =>
      transform(async () => {
        for (;;) await send({ to: 'nobody', type: 'x-mine', message: '' }).catch(() => undefined)
      }),
    ),
    /floods the server from transformEnvelope/,
  ],
  [
    'returns garbage',
    pluginOf(() => transform(() => 7)),
    /fails in transformEnvelope, which answered 7, which is not allowed \(no verdict\)/,
  ],
  [
    'annotates more than it may',
    pluginOf(() => transform(({ message }) => ({ kind: 'annotate', meta: { copy: message } }))),
    /fails in transformEnvelope, which answered .*\(meta: is more than 1024 bytes\)/,
  ],
  [
    'answers for names by an object used as a table',
    pluginOf(
      () => ({
        presence: {
          ttlMs: 1000,
          lookup: (names) => {
            const table: Record<string, never> = {}
            return Object.fromEntries(
              names.map((name) => [name, table[name]]).filter(([, one]) => one),
            ) as never
          },
        },
      }),
      { capabilities: ['presence'] },
    ),
    /fails in presence\.lookup, which answered .*constructor/,
  ],
  [
    'rejects late',
    pluginOf(() =>
      transform(
        () => new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), 200)),
      ),
    ),
    /fails in transformEnvelope, which had no answer within its budget of 100 ms/,
  ],
  [
    'leaves a rejection that nobody takes',
    pluginOf(() =>
      transform(() => {
        void Promise.reject(new Error('dropped'))
        return pass()
      }),
    ),
    /leaves a rejection that nobody takes, which ends a server: dropped/,
  ],
  [
    'throws in a timer of its own',
    pluginOf(() =>
      transform(() => {
        setTimeout(() => {
          throw new Error('on its own')
        }, 1)
        return pass()
      }),
    ),
    /throws outside of any call, which ends a server: on its own/,
  ],
  [
    'calls after its end',
    pluginOf(({ storage }) => ({
      ...transform(pass),
      close: () => {
        setTimeout(() => void storage.set('late', 1).catch(() => undefined), 50)
      },
    })),
    /calls ctx\.storage\.set after it was closed/,
  ],
]

/** What plugins leaked on purpose, to be closed by the test. */
export const leaked: Array<() => void> = []
