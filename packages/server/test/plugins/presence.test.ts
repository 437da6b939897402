import type { PresenceAnswer, PresenceProvider } from '@secure-chat/plugin-sdk/server'
import { parseUserName } from '@secure-chat/protocol'
import { never, type PluginServer, pluginOf, startWith } from './support/plugin-server.ts'

let chat: PluginServer
afterEach(() => chat.close())

const provider = (name: string, more: Partial<PresenceProvider>) =>
  pluginOf(name, { presence: { ttlMs: 1000, lookup: () => ({}), ...more } })
const busy = (text: string): PresenceAnswer => ({ state: 'busy', text })
const everybody = (names: readonly string[], answer: PresenceAnswer) =>
  Object.fromEntries(names.map((name) => [name, answer]))
const list = () =>
  chat.server.services.listUsers({
    online: false,
    prefix: undefined,
    after: undefined,
    limit: 1000,
  })
const shown = async () => (await list()).users.map(({ name, text }) => `${name} ${text}`)

test('the first answer in the order of the list wins, and who is unknown is asked of the next', async () => {
  const asked: string[] = []
  chat = await startWith([
    provider('first', {
      lookup: (names) => {
        asked.push(`first ${names.join(' ')}`)
        return { alice: busy('first') }
      },
    }),
    provider('second', {
      lookup: (names) => {
        asked.push(`second ${names.join(' ')}`)
        return { bob: busy('second'), alice: busy('second') }
      },
    }),
  ])
  expect(await shown()).toEqual(['alice first', 'bob second'])
  expect(asked).toEqual(['first alice bob', 'second bob'])
})

test('an answer, and that there is none, is used for its time to live', async () => {
  let asked = 0
  chat = await startWith([
    provider('cached', {
      lookup: () => {
        asked += 1
        return { alice: busy(`${asked}`) }
      },
    }),
  ])
  expect(await shown()).toEqual(['alice 1', 'bob null'])
  await chat.clock.advance(999)
  expect(await shown()).toEqual(['alice 1', 'bob null'])
  await chat.clock.advance(1)
  expect(await shown()).toEqual(['alice 2', 'bob null'])
})

test('names are asked for in batches of at most 500, which share one budget', async () => {
  const sizes: number[] = []
  chat = await startWith([
    provider('counts', {
      lookup: (names) => {
        sizes.push(names.length)
        return names.includes('alice') ? never() : everybody(names, busy('there'))
      },
    }),
  ])
  for (let i = 0; i < 999; i++) await chat.addUser(`user${String(i).padStart(3, '0')}`)
  const listing = shown()
  await chat.settle()
  expect(sizes).toEqual([500, 500])
  await chat.clock.advance(250)
  const users = await listing
  expect(users).toHaveLength(1000)
  expect(users.filter((line) => line.endsWith('there'))).toHaveLength(500)
})

test('a provider that hangs holds a list up by its budget at most; the next one answers', async () => {
  chat = await startWith([
    provider('hangs', { lookup: never }),
    provider('answers', { lookup: (names) => everybody(names, busy('second')) }),
  ])
  const listing = shown()
  await chat.settle()
  await chat.clock.advance(249)
  await chat.clock.advance(1)
  expect(await listing).toEqual(['alice second', 'bob second'])
})

test('once its breaker is open a hanging provider holds nobody up', async () => {
  chat = await startWith([provider('hangs', { lookup: never })])
  for (let i = 0; i < 5; i++) {
    const listing = shown()
    await chat.settle()
    await chat.clock.advance(250)
    await listing
  }
  expect(await shown()).toEqual(['alice null', 'bob null'])
})

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a list', [busy('x')]],
  ['an unknown state', { alice: { state: 'asleep' } }],
  ['a text that is none', { alice: { state: 'busy', text: 7 } }],
  ['a time that is none', { alice: { state: 'busy', lastSeen: 'yesterday' } }],
  ['null', { alice: null }],
])('%s is no answer: logged, and the next provider is asked', async (_what, answer) => {
  chat = await startWith([
    provider('garbage', { lookup: () => answer as never }),
    provider('answers', { lookup: (names) => everybody(names, busy('second')) }),
  ])
  expect(await shown()).toEqual(['alice second', 'bob second'])
  expect(chat.logged('plugin.failed')).toMatchObject([{ plugin: 'garbage', hook: 'presence' }])
})

test('what it says of those nobody asked for is not heard, and texts are made printable', async () => {
  chat = await startWith([
    provider('talkative', {
      lookup: () => ({ mallory: busy('x'), alice: busy('\u202eevil'), ['__proto__']: busy('x') }),
    }),
  ])
  expect(await shown()).toEqual(['alice \\u{202e}evil', 'bob null'])
})

describe('watch', () => {
  test('a change throws the cached answer away and is told to who listens', async () => {
    let changed: (name: string) => void = () => undefined
    let state: PresenceAnswer = busy('meeting')
    const heard: string[] = []
    chat = await startWith([
      provider('watches', {
        ttlMs: 600_000,
        lookup: () => ({ alice: state }),
        watch: (announce) => {
          changed = announce
          return () => undefined
        },
      }),
      pluginOf('hears', {
        onPresenceChanged: ({ name, state: now, text }) => {
          heard.push(`${name} ${now} ${text}`)
        },
      }),
    ])
    expect(await shown()).toEqual(['alice meeting', 'bob null'])
    state = { state: 'away' }
    changed('alice')
    await chat.settle()
    await chat.settle()
    expect(await shown()).toEqual(['alice null', 'bob null'])
    expect(heard).toEqual(['alice away undefined'])
  })

  test('a flood of changes is told a few times, and garbage not at all', async () => {
    let changed: (name: string) => void = () => undefined
    let asked = 0
    chat = await startWith([
      provider('floods', {
        lookup: () => {
          asked += 1
          return {}
        },
        watch: (announce) => {
          changed = announce
          return () => undefined
        },
      }),
    ])
    chat.server.services.presence.onChanged(() => undefined)
    for (let i = 0; i < 10_000; i++) changed('alice')
    for (const junk of ['', '../x', 'A'.repeat(99), undefined, {}]) changed(junk as string)
    await chat.settle()
    await chat.settle()
    expect(asked).toBeLessThanOrEqual(3)
  })

  test('is stopped with the plugin', async () => {
    const steps: string[] = []
    chat = await startWith([
      pluginOf('stops', {
        presence: {
          ttlMs: 1000,
          lookup: () => ({}),
          watch: () => () => steps.push('stopped'),
        },
        close: () => {
          steps.push('closed')
        },
      }),
    ])
    await chat.close()
    expect(steps).toEqual(['stopped', 'closed'])
  })
})

test('ctx.users.presence leaves the own provider out, so a provider may ask how users are', async () => {
  chat = await startWith([
    pluginOf(
      'asks',
      (ctx) => ({
        presence: {
          ttlMs: 1000,
          lookup: async () => {
            const { alice } = await ctx.users.presence(['alice', 'nobody'])
            return { alice: busy(`else ${alice?.state} ${alice?.text}`) }
          },
        },
      }),
      { capabilities: ['presence'] },
    ),
    provider('second', { lookup: (names) => everybody(names, { state: 'away', text: 'second' }) }),
  ])
  const [alice] = await chat.server.services.presence.viewsOf([parseUserName('alice')])
  expect(alice?.text).toBe('else away second')
})
