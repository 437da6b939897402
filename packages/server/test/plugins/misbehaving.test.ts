/** Plugins that do what nobody thought of: their calls fail, and nothing else does. */
import { connect } from 'node:net'
import type { Contributions, ServerPlugin } from '@secure-chat/plugin-sdk/server'
import { makeLog } from '../../src/ops/log.ts'
import { HookFailure, makeHook } from '../../src/plugins/calls/hook.ts'
import { makePluginHost, toSource } from '../../src/plugins/index.ts'
import { silentLog } from '../../src/ports/index.ts'
import { startTestServer } from '../../src/testing.ts'
import {
  expectFault,
  never,
  type PluginServer,
  pluginOf,
  refusal,
  startWith,
} from './support/plugin-server.ts'

const stillClock = { now: () => 0, monotonic: () => 0, setTimeout: () => () => undefined }

function boom(): never {
  throw new Error('boom')
}

/** What a handler may throw that is no ordinary error. */
const thrown: ReadonlyArray<readonly [string, () => unknown]> = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['a symbol', () => Symbol('s')],
  ['an object without a prototype', () => Object.create(null)],
  ['an error whose text is a number', () => Object.assign(new Error('x'), { message: 7 })],
  ['an error without a text', () => Object.assign(new Error('x'), { message: undefined })],
  [
    'an error whose members throw',
    () =>
      Object.defineProperties(new Error('x'), {
        message: { get: boom },
        stack: { get: boom },
        code: { get: boom },
        cause: { get: boom },
        name: { get: boom },
      }),
  ],
  [
    'a value that throws when it is looked at',
    () => new Proxy({}, { get: boom, has: boom, getPrototypeOf: boom }),
  ],
  ['a revoked proxy', revoked],
  [
    'an error that is its own cause',
    () => {
      const error = new Error('x')
      error.cause = error
      return error
    },
  ],
]

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe('whatever a handler throws is one failure, counted and written to the log', () => {
  const lines: string[] = []
  const hookOf = () =>
    makeHook({
      plugin: 'p',
      name: 'h',
      budgetMs: 250,
      clock: stillClock,
      log: makeLog('debug', { write: (line) => void lines.push(line) }),
    })

  test.each(thrown)('%s', async (_what, make) => {
    const hook = hookOf()
    const handlers: Array<() => unknown> = [
      () => {
        throw make()
      },
      () => Promise.reject(make()),
    ]
    for (const [index, handler] of handlers.entries()) {
      const before = lines.length
      const outcome = await (async () => hook.run(handler, undefined, 'r1', String))().catch(
        (error: unknown) => error,
      )
      expect(outcome).toBeInstanceOf(HookFailure)
      expect(hook.stats.failures).toBe(index + 1)
      expect(JSON.parse(lines[before] ?? '')).toMatchObject({
        event: 'plugin.failed',
        kind: 'threw',
      })
    }
  })
})

/** Something to wait for, whose `then` is this. */
const awaitable = (then: () => unknown, on: object = {}) =>
  Object.defineProperty(on, 'then', { value: then })

test.each<[string, () => unknown]>([
  ['whose then throws', () => awaitable(boom, Promise.resolve())],
  [
    'whose constructor throws',
    () => Object.defineProperty(Promise.resolve(), 'constructor', { get: boom }),
  ],
  ['that is none and throws when it is waited for', () => awaitable(boom)],
])('a promise %s is a failure like any other', async (_what, make) => {
  const hook = makeHook({
    plugin: 'p',
    name: 'h',
    budgetMs: 250,
    clock: stillClock,
    log: silentLog,
  })
  const outcome = await (async () => hook.run(make, undefined, 'r1', String))().catch(
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(HookFailure)
  expect(hook.stats.failures).toBe(1)
  // Nothing is left waiting.
  await hook.end()
})

describe('in a server', () => {
  let chat: PluginServer | undefined
  afterEach(async () => {
    await chat?.close()
    chat = undefined
  })

  const verdicts = (answer: () => unknown) =>
    pluginOf('odd', {
      transformEnvelope: { types: ['CHAT_MESSAGE'], handler: answer as () => { kind: 'pass' } },
    })

  test.each<[string, () => unknown]>([
    [
      'copies to 10,000',
      () => ({ kind: 'copy', to: Array.from({ length: 10_000 }, (_, i) => `u${i}`) }),
    ],
    ['copies to nobody there', () => ({ kind: 'copy', to: ['nobody'] })],
    ['copies to what is no name', () => ({ kind: 'copy', to: ['../bob', 7, null] })],
    ['copies to what is no list', () => ({ kind: 'copy', to: { length: 1, 0: 'bob' } })],
    ['retypes to what it does not declare', () => ({ kind: 'retype', type: 'x-other' })],
    ['retypes to a type of the server', () => ({ kind: 'retype', type: 'SYSTEM' })],
    [
      'annotates under control characters',
      () => ({ kind: 'annotate', meta: { '\u001b[31m': 'x' } }),
    ],
    ['annotates half a character', () => ({ kind: 'annotate', meta: { a: '\ud800' } })],
    ['annotates 10 MB', () => ({ kind: 'annotate', meta: { a: 'x'.repeat(10_000_000) } })],
    [
      'annotates by a member that throws',
      () => ({
        kind: 'annotate',
        meta: Object.defineProperty({}, 'a', { get: boom, enumerable: true }),
      }),
    ],
    ['answers by a kind that throws', () => Object.defineProperty({}, 'kind', { get: boom })],
    ['answers a revoked proxy', revoked],
    ['answers a verdict of another world', () => ({ kind: 'toString' })],
  ])('a transform that %s refuses the message, and the server goes on', async (_what, answer) => {
    chat = await startWith([verdicts(answer)])
    expect((await refusal(chat.send('hi'))).code).toBe('plugin_failed')
    expect(await chat.mailbox('bob')).toEqual([])
    await chat.server.plugins.disable('odd')
    await chat.send('without')
    expect(await chat.mailbox('bob')).toMatchObject([{ message: 'without' }])
  })

  test('a copy to sender, recipient and twice the same is in each mailbox once', async () => {
    chat = await startWith([
      verdicts(() => ({ kind: 'copy', to: ['bob', 'BOB', 'alice', 'alice'] })),
    ])
    await chat.send('hi')
    expect(await chat.mailbox('bob')).toHaveLength(1)
    expect(await chat.mailbox('alice')).toHaveLength(1)
  })

  test.each(thrown)(
    'a watcher that throws %s is heard of in the log alone',
    async (_what, make) => {
      chat = await startWith([
        pluginOf('odd', {
          onEnvelopeStored: {
            types: ['CHAT_MESSAGE'],
            handler: () => {
              throw make()
            },
          },
        }),
      ])
      await chat.send('hi')
      await chat.settle()
      expect(chat.logged('plugin.failed')).toHaveLength(1)
      expect(await chat.mailbox('bob')).toHaveLength(1)
    },
  )

  test.each<[string, unknown]>([
    ['a list', []],
    ['a text', 'busy'],
    ['states that there are not', { alice: { state: 'dancing' } }],
    ['nothing for a name', { alice: null }],
    ['a time that is none', { alice: { state: 'busy', lastSeen: 'yesterday' } }],
    ['a member that throws', Object.defineProperty({}, 'alice', { get: boom, enumerable: true })],
    ['a revoked proxy', revoked()],
  ])('a presence provider that answers %s is passed over', async (_what, answer) => {
    chat = await startWith([
      pluginOf('odd', {
        presence: { ttlMs: 1000, lookup: () => answer as Record<string, { state: 'busy' }> },
      }),
    ])
    const { presence } = chat.server.services
    expect(await presence.viewsOf(['alice' as never])).toMatchObject([{ state: 'offline' }])
    expect(chat.server.plugins.list()[0]?.failures).toBe(1)
  })
})

describe('at the start', () => {
  const patience = { createMs: 50, closeMs: 50, idleMs: 50 }
  const hostOf = (plugin: ServerPlugin) =>
    makePluginHost({
      sources: [toSource({ use: 'odd', plugin }, 5000)],
      folder: '/',
      clock: stillClock,
      log: silentLog,
      nextRequestId: () => 'r1',
      patience,
    })

  async function startOf(plugin: ServerPlugin): Promise<never> {
    const host = hostOf(plugin)
    await host.load()
    await host.start({} as never)
    throw new Error('It has started.')
  }

  const wrong = (more: Partial<ServerPlugin>) => pluginOf('odd', {}, more)

  test.each<[string, string, ServerPlugin]>([
    [
      'plugin_create_failed',
      'throws what is no error',
      wrong({
        create: () => {
          throw revoked()
        },
      }),
    ],
    [
      'plugin_create_failed',
      'rejects',
      wrong({ create: () => Promise.reject(Object.create(null)) }),
    ],
    [
      'plugin_create_timeout',
      'never settles',
      wrong({ create: () => awaitable(() => undefined) as never }),
    ],
    [
      'plugin_keys_differ',
      'returns what it did not declare, and hangs when that is closed',
      wrong({ create: () => ({ onSignedIn() {}, close: never }) }),
    ],
    ['plugin_keys_differ', 'returns nothing', wrong({ create: () => undefined as never })],
    [
      'plugin_bad_contribution',
      'returns what throws when it is looked at',
      wrong({
        create: () => Object.defineProperty({}, 'onSignedIn', { get: boom, enumerable: true }),
      }),
    ],
    [
      'plugin_bad_config',
      'has a schema that never answers',
      wrong({ config: { safeParseAsync: never } as never }),
    ],
    [
      'plugin_bad_config',
      'has a schema that throws',
      wrong({ config: { safeParseAsync: boom } as never }),
    ],
    [
      'plugin_bad_shape',
      'throws when it is looked at',
      Object.defineProperty(wrong({}), 'name', { get: boom }),
    ],
  ])('%s: one whose create or definition %s', async (code, _what, plugin) => {
    await expectFault(startOf(plugin) as Promise<never>, code)
  })
})

describe('routes', () => {
  const routes = (fill: NonNullable<Contributions['routes']>['open']) =>
    pluginOf('odd', { routes: { ...(fill && { open: fill }) } })

  test('that answer twice, or throw after their answer, end their own call alone', async () => {
    const server = await startTestServer({
      plugins: [
        {
          plugin: routes((router) => {
            router.get('/twice', (_request, response) => {
              response.json({ once: true })
              response.json({ once: false })
            })
            router.get('/late', async (_request, response) => {
              response.json({ once: true })
              await new Promise(setImmediate)
              throw new Error('late')
            })
            router.get('/half', (_request, response) => {
              response.write('half')
              throw new Error('half way')
            })
            router.get('/next', (_request, response, next) => {
              response.json({ once: true })
              next()
              next(new Error('twice'))
            })
            router.get('/odd', () => {
              throw revoked()
            })
          }),
        },
      ],
    })
    for (const path of ['twice', 'late', 'next']) {
      const answer = await fetch(`${server.url}/plugins/odd/${path}`)
      expect(await answer.json()).toEqual({ once: true })
    }
    await expect(
      fetch(`${server.url}/plugins/odd/half`).then((answer) => answer.text()),
    ).rejects.toThrow()
    expect((await fetch(`${server.url}/plugins/odd/odd`)).status).toBe(500)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    await server.close()
  })

  test('that stream for ever do not keep the server from closing', async () => {
    let chunks = 0
    const server = await startTestServer({
      plugins: [
        {
          plugin: routes((router) => {
            router.get('/stream', (_request, response) => {
              const timer = setInterval(() => {
                chunks += 1
                response.write('x')
              }, 5)
              response.once('close', () => clearInterval(timer))
            })
            router.get('/silent', () => undefined)
          }),
        },
      ],
    })
    const { port, hostname } = new URL(server.url)
    const sockets = ['stream', 'silent'].map((path) => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      socket.write(`GET /plugins/odd/${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      socket.resume()
      return socket
    })
    while (chunks < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    await server.close()
    for (const socket of sockets) socket.destroy()
  })
})
