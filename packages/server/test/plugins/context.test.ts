import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { type PluginServer, pluginOf, refusal, startWith } from './support/plugin-server.ts'

let chat: PluginServer
let ctx: ServerContext
let other: ServerContext
afterEach(() => chat.close())

async function start(declares: Array<`x-${string}`> = ['x-note']): Promise<void> {
  const keep = (name: string, set: (given: ServerContext) => void) =>
    pluginOf(
      name,
      (given) => {
        set(given)
        return {}
      },
      { capabilities: [], declares },
    )
  chat = await startWith([
    keep('one', (given) => {
      ctx = given
    }),
    keep('two', (given) => {
      other = given
    }),
  ])
}

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

describe('storage', () => {
  test('is the plugin\u2019s own, and keeps JSON until it expires', async () => {
    await start()
    await ctx.storage.set('k', { a: [1, null] })
    await ctx.storage.set('short', 1, { ttlMs: 1000 })
    await other.storage.set('k', 'other')
    expect(await ctx.storage.get('k')).toEqual({ a: [1, null] })
    expect(await other.storage.get('k')).toBe('other')
    await chat.clock.advance(1000)
    expect(await ctx.storage.get('short')).toBeUndefined()
    await ctx.storage.delete('k')
    expect(await ctx.storage.get('k')).toBeUndefined()
    expect(await other.storage.get('k')).toBe('other')
  })

  test('lists by key, in pages', async () => {
    await start()
    for (const key of ['b/2', 'a/1', 'b/1', 'b/3']) await ctx.storage.set(key, key)
    const keys = async (...given: Parameters<typeof ctx.storage.list>) =>
      (await ctx.storage.list(...given)).map(({ key }) => key)
    expect(await keys('b/')).toEqual(['b/1', 'b/2', 'b/3'])
    expect(await keys('')).toEqual(['a/1', 'b/1', 'b/2', 'b/3'])
    expect(await keys('b/', { limit: 1, after: 'b/1' })).toEqual(['b/2'])
  })

  test('counts side by side without losing one', async () => {
    await start()
    await Promise.all(Array.from({ length: 50 }, () => ctx.storage.increment('n')))
    expect(await ctx.storage.increment('n', -8)).toBe(42)
  })

  test.each<[string, () => Promise<unknown>]>([
    ['an empty key', () => ctx.storage.get('')],
    ['a key with NUL', () => ctx.storage.set('a\0b', 1)],
    ['a key of 513 characters', () => ctx.storage.set('x'.repeat(513), 1)],
    ['a key that is no text', () => ctx.storage.get(7 as never)],
    ['a value beyond 64 KiB', () => ctx.storage.set('k', 'x'.repeat(64 * 1024))],
    ['a value that is no JSON', () => ctx.storage.set('k', undefined)],
    ['a value with a cycle', () => ctx.storage.set('k', cyclic)],
    ['a page of more than 1,000', () => ctx.storage.list('', { limit: 1001 })],
    ['a time to live of nothing', () => ctx.storage.set('k', 1, { ttlMs: 0 })],
    [
      'an increment of what is no number',
      async () => {
        await ctx.storage.set('text', 'x')
        return ctx.storage.increment('text')
      },
    ],
  ])('refuses %s', async (_what, run) => {
    await start()
    expect((await refusal(run())).code).toBe('plugin_error')
  })

  test('takes 64 KiB to the byte', async () => {
    await start()
    const value = 'x'.repeat(64 * 1024 - 2)
    await ctx.storage.set('k', value)
    expect(await ctx.storage.get('k')).toBe(value)
  })
})

describe('users', () => {
  test('tells who there is and how they are, and no secrets', async () => {
    await start()
    expect(await ctx.users.exists('Alice')).toBe(true)
    expect(await ctx.users.exists('nobody')).toBe(false)
    expect(await ctx.users.exists('../x')).toBe(false)
    expect(await ctx.users.list()).toEqual(['alice', 'bob'])
    expect(await ctx.users.list({ after: 'alice', limit: 1 })).toEqual(['bob'])
    expect(await ctx.users.presence(['alice', 'nobody'])).toEqual({ alice: { state: 'offline' } })
  })
})

describe('send', () => {
  test('puts a record of a declared type into a mailbox, from system', async () => {
    await start()
    const { id } = await ctx.send({ to: 'bob', type: 'x-note', message: 'hello' })
    expect(await chat.mailbox('bob')).toMatchObject([
      { id, type: 'x-note', sender: 'system', message: 'hello' },
    ])
  })

  test.each<[string, string, () => Promise<unknown>]>([
    [
      'a type it does not declare',
      'plugin_error',
      () => ctx.send({ to: 'bob', type: 'x-other', message: '' }),
    ],
    [
      'a type of the server',
      'plugin_error',
      () => ctx.send({ to: 'bob', type: 'SYSTEM' as never, message: '' }),
    ],
    [
      'an unknown user',
      'no_such_user',
      () => ctx.send({ to: 'nobody', type: 'x-note', message: '' }),
    ],
    [
      'a message beyond 192 KiB',
      'plugin_error',
      () => ctx.send({ to: 'bob', type: 'x-note', message: 'x'.repeat(192 * 1024 + 1) }),
    ],
  ])('refuses %s', async (_what, code, run) => {
    await start()
    expect((await refusal(run())).code).toBe(code)
    expect(await chat.mailbox('bob')).toEqual([])
  })

  test('is heard by the watchers of others, not by transforms and not by the own one', async () => {
    const heard: string[] = []
    const watcher = (name: string) =>
      pluginOf(
        name,
        (given) => {
          if (name === 'sender') ctx = given
          return {
            onEnvelopeStored: {
              types: ['x-note'],
              handler: ({ sender, recipient }) => {
                heard.push(`${name} ${sender} ${recipient}`)
              },
            },
            transformEnvelope: {
              types: ['x-note'],
              handler: () => ({ kind: 'reject', reason: 'never asked' }),
            },
          }
        },
        { capabilities: ['onEnvelopeStored', 'transformEnvelope'], declares: ['x-note'] },
      )
    chat = await startWith([watcher('sender'), watcher('other')])
    await ctx.send({ to: 'bob', type: 'x-note', message: 'hello' })
    await chat.settle()
    expect(heard).toEqual(['other system bob'])
  })
})

describe('log, metrics, clock', () => {
  test('every line carries the name of the plugin, and a flood is cut', async () => {
    await start()
    ctx.log.info('plain')
    ctx.log.warn({ size: 3 }, 'with fields')
    ctx.log.info({ plugin: 'other', event: 'server.started', password: 'x' }, 'cannot pretend')
    expect(chat.logged('plugin.log')).toMatchObject([
      { plugin: 'one', msg: 'plain', level: 'info' },
      { plugin: 'one', msg: 'with fields', size: 3, level: 'warn' },
      { plugin: 'one', msg: 'cannot pretend', password: '[secret]' },
    ])
    ctx.log.error(new Error('boom'))
    expect(chat.logged('plugin.log').at(-1)).toMatchObject({ msg: 'boom', err: { text: 'boom' } })
    for (let i = 0; i < 4999; i++) ctx.log.error('again')
    expect(chat.logged('plugin.log')).toHaveLength(1000)
    await chat.clock.advance(10)
    ctx.log.info('later')
    expect(chat.logged('plugin.log').at(-1)).toMatchObject({ msg: 'later', lines_left_out: 4003 })
  })

  test('a metric keeps its kind and its name', async () => {
    await start()
    const counter = ctx.metrics.counter('refused_total', 'Refused.')
    counter.add()
    ctx.metrics.counter('refused_total', 'Refused.').add(2)
    counter.add(-5)
    ctx.metrics.histogram('wait_seconds', 'Waits.').record(0.2)
    const families = chat.server.plugins.families()
    expect(
      families.find(({ name }) => name === 'secure_chat_plugin_one_refused_total'),
    ).toMatchObject({
      type: 'counter',
      samples: [{ labels: { plugin: 'one' }, value: 3 }],
    })
    expect(() => ctx.metrics.histogram('refused_total', '')).toThrow('is a counter')
    expect(() => ctx.metrics.counter('Bad-Name', '')).toThrow()
  })

  test('time is the server\u2019s; a timer that throws or rejects is logged and ends nothing', async () => {
    await start()
    const ran: string[] = []
    expect(ctx.clock.now()).toBe(chat.clock.now())
    const cancel = ctx.clock.setTimeout(() => ran.push('cancelled'), 100)
    ctx.clock.setTimeout(() => ran.push('ran'), 100)
    ctx.clock.setTimeout(() => {
      throw new Error('boom')
    }, 100)
    ctx.clock.setTimeout(async () => {
      throw new Error('boom')
    }, 100)
    cancel()
    await chat.clock.advance(100)
    expect(ran).toEqual(['ran'])
    expect(chat.logged('plugin.failed')).toHaveLength(2)
  })
})

test('a flood of calls waits its turn, and beyond 10,000 that wait is refused', async () => {
  await start()
  const flood = await Promise.allSettled(
    Array.from({ length: 11_500 }, () => ctx.users.exists('alice')),
  )
  const refused = flood.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(500)
  expect(await ctx.users.exists('alice')).toBe(true)
})

describe('after close', () => {
  test('every call is refused, timers are gone, the signal is aborted, and nobody is hurt', async () => {
    await start()
    const ran: string[] = []
    ctx.clock.setTimeout(() => ran.push('timer'), 100)
    const unhandled: unknown[] = []
    const onUnhandled = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', onUnhandled)
    await chat.close()
    expect(ctx.signal.aborted).toBe(true)
    void ctx.storage.set('k', 1)
    void ctx.send({ to: 'bob', type: 'x-note', message: '' })
    ctx.clock.setTimeout(() => ran.push('late timer'), 1)
    for (const run of [
      ctx.storage.get('k'),
      ctx.users.list(),
      ctx.send({ to: 'bob', type: 'x-note', message: '' }),
    ]) {
      expect((await refusal(run)).code).toBe('plugin_error')
    }
    await chat.clock.advance(1000)
    await chat.settle()
    process.off('unhandledRejection', onUnhandled)
    expect([ran, unhandled]).toEqual([[], []])
  })
})
