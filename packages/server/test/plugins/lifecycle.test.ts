import type { Contributions } from '@secure-chat/plugin-sdk/server'
import {
  expectFault,
  never,
  type PluginServer,
  pluginOf,
  startWith,
} from './support/plugin-server.ts'

let chat: PluginServer | undefined
afterEach(async () => {
  await chat?.close()
  chat = undefined
})

const closing = (steps: string[], name: string, more: Contributions = {}) =>
  pluginOf(name, {
    ...more,
    close: () => {
      steps.push(name)
    },
  })
const throwing = pluginOf(
  'throws',
  {},
  {
    create: () => {
      throw new Error('boom')
    },
  },
)

test('plugins are closed in reverse order, once', async () => {
  const steps: string[] = []
  chat = await startWith([closing(steps, 'one'), closing(steps, 'two'), closing(steps, 'three')])
  await chat.close()
  await chat.close()
  expect(steps).toEqual(['three', 'two', 'one'])
})

test('a failed start closes what was made, in reverse order', async () => {
  const steps: string[] = []
  await expectFault(
    startWith([closing(steps, 'one'), closing(steps, 'two'), throwing, closing(steps, 'never')]),
    'plugin_create_failed',
  )
  expect(steps).toEqual(['two', 'one'])
})

test('a plugin whose contributions are wrong is closed too', async () => {
  const steps: string[] = []
  const wrong = pluginOf(
    'wrong',
    { ...closing(steps, 'x'), close: () => void steps.push('wrong') },
    {
      capabilities: ['onSignedIn'],
    },
  )
  await expectFault(startWith([wrong]), 'plugin_keys_differ')
  expect(steps).toEqual(['wrong'])
})

test('an optional plugin that does not start is left out, and log and list say so', async () => {
  chat = await startWith([
    { plugin: throwing, optional: true },
    { use: './not-there', optional: true },
    pluginOf('works', {}),
  ])
  expect(chat.server.plugins.list().map(({ name, state, code }) => [name, state, code])).toEqual([
    ['throws', 'left_out', 'plugin_create_failed'],
    ['./not-there', 'left_out', 'plugin_not_found'],
    ['works', 'running', undefined],
  ])
  expect(chat.logged('plugin.left_out').map(({ plugin }) => plugin)).toEqual([
    './not-there',
    'throws',
  ])
})

test('a close that throws or rejects is logged and keeps nobody else open', async () => {
  const steps: string[] = []
  chat = await startWith([
    closing(steps, 'first'),
    pluginOf('throws', {
      close: () => {
        throw new Error('boom')
      },
    }),
    pluginOf('rejects', { close: () => Promise.reject(new Error('boom')) }),
  ])
  await chat.close()
  expect(steps).toEqual(['first'])
  expect(chat.logged('plugin.failed').map(({ plugin }) => plugin)).toEqual(['rejects', 'throws'])
})

test('storage and users are there in create of a plugin without a driver', async () => {
  let found: unknown
  const before = pluginOf(
    'before',
    {},
    {
      create: async (ctx) => {
        await ctx.storage.set('k', 1)
        found = [await ctx.storage.get('k'), await ctx.users.list(), await ctx.users.exists('x1')]
        return {}
      },
    },
  )
  chat = await startWith([before])
  expect(found).toEqual([1, [], false])
})

describe('switching off and on', () => {
  const rejecting = (steps: string[]) =>
    closing(steps, 'filter', {
      transformEnvelope: {
        types: ['CHAT_MESSAGE'],
        handler: () => ({ kind: 'reject', reason: 'No.' }),
      },
    })

  test('a plugin that is switched off is closed and no longer asked; switched on it is made anew', async () => {
    const steps: string[] = []
    chat = await startWith([rejecting(steps)])
    await expect(chat.send('hi')).rejects.toThrow('No.')
    const { plugins } = chat.server
    expect(await plugins.disable('filter')).toMatchObject({ state: 'disabled' })
    expect(await plugins.disable('filter')).toMatchObject({ state: 'disabled' })
    expect(steps).toEqual(['filter'])
    await chat.send('hi')
    expect(await plugins.enable('filter')).toMatchObject({ state: 'running' })
    await expect(chat.send('hi')).rejects.toThrow('No.')
    expect(chat.logged('plugin.disabled')).toHaveLength(2)
  })

  test('a breaker that is open is closed when the plugin is made anew', async () => {
    chat = await startWith([
      pluginOf('filter', {
        transformEnvelope: {
          types: ['CHAT_MESSAGE'],
          handler: ({ message }) => {
            if (message === 'throw') throw new Error('boom')
            return { kind: 'pass' }
          },
        },
      }),
    ])
    const { plugins } = chat.server
    const breaker = () => plugins.list()[0]?.hooks[0]?.breaker
    for (let call = 0; call < 5; call += 1) await chat.send('throw').catch(() => undefined)
    expect(breaker()).toBe('open')
    await expect(chat.send('hi')).rejects.toMatchObject({ code: 'plugin_failed' })
    await plugins.disable('filter')
    await plugins.enable('filter')
    expect(breaker()).toBe('closed')
    await chat.send('hi')
  })

  test('a message under way is not refused because its filter is switched off', async () => {
    let answer: (verdict: { kind: 'pass' }) => void = () => undefined
    chat = await startWith([
      pluginOf('slow', {
        transformEnvelope: {
          types: ['CHAT_MESSAGE'],
          handler: () => new Promise((resolve) => (answer = resolve)),
        },
      }),
      pluginOf('next', {
        transformEnvelope: { types: ['CHAT_MESSAGE'], handler: () => ({ kind: 'pass' }) },
      }),
    ])
    const sent = chat.send('hi')
    await chat.settle()
    await chat.server.plugins.disable('next')
    answer({ kind: 'pass' })
    await sent
    expect(await chat.mailbox('bob')).toHaveLength(1)
  })

  test('one that does not come back says why, and can be tried again', async () => {
    let fails = false
    const flaky = pluginOf(
      'flaky',
      {},
      {
        create: () => {
          if (fails) throw new Error('boom')
          return {}
        },
      },
    )
    chat = await startWith([flaky])
    const { plugins } = chat.server
    await plugins.disable('flaky')
    fails = true
    await expect(plugins.enable('flaky')).rejects.toMatchObject({ code: 'plugin_failed' })
    expect(plugins.list()).toMatchObject([{ state: 'disabled', code: 'plugin_create_failed' }])
    fails = false
    expect(await plugins.enable('flaky')).toMatchObject({ state: 'running' })
  })

  test('one with a driver that was left out does not come in while the server runs', async () => {
    const wrong = pluginOf('engine', { queueDriver: { scheme: 'kafka', open: never } })
    chat = await startWith([{ plugin: wrong, optional: true }])
    const { plugins } = chat.server
    expect(plugins.list()).toMatchObject([{ state: 'left_out', code: 'plugin_scheme_taken' }])
    for (const call of [plugins.enable, plugins.disable]) {
      await expect(call('engine')).rejects.toMatchObject({ code: 'invalid_request' })
    }
    expect(plugins.list()).toMatchObject([{ state: 'left_out' }])
  })

  test('nothing is made any more once the server stops', async () => {
    const steps: string[] = []
    chat = await startWith([rejecting(steps)])
    const { plugins } = chat.server
    await plugins.disable('filter')
    await chat.close()
    await expect(plugins.enable('filter')).rejects.toMatchObject({ code: 'invalid_request' })
    expect(steps).toEqual(['filter'])
  })

  test('an unknown name is not found', async () => {
    chat = await startWith([])
    await expect(chat.server.plugins.enable('nobody')).rejects.toMatchObject({ code: 'not_found' })
  })
})

test('a hang in close holds the end up for its time only', async () => {
  const { makePluginHost, toSource } = await import('../../src/plugins/index.ts')
  const lines: string[] = []
  const log = { ...silent, error: (_fields: object, text?: string) => void lines.push(text ?? '') }
  const host = makePluginHost({
    sources: [toSource({ plugin: pluginOf('hangs', { close: never }) }, 5000)],
    folder: '/',
    clock: { now: () => 0, monotonic: () => 0, setTimeout: () => () => undefined },
    log,
    nextRequestId: () => 'r1',
    patience: { createMs: 50, closeMs: 50, idleMs: 50 },
  })
  await host.load()
  await host.start({} as never)
  await host.close()
  expect(lines).toEqual(['plugin was not closed within 0.05 s'])
})

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
}
