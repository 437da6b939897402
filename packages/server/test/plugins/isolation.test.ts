import { fileURLToPath } from 'node:url'
import type { Capability } from '@secure-chat/plugin-sdk/server'
import { parseUserName } from '@secure-chat/protocol'
import { systemClock } from '../../src/ops/system-clock.ts'
import { makePluginHost, toSource } from '../../src/plugins/index.ts'
import { makePackageFolder, type PackageFolder } from './support/package-folder.ts'
import { expectFault, type PluginServer, refusal, startWith } from './support/plugin-server.ts'

let chat: PluginServer | undefined
let folder: PackageFolder | undefined
afterEach(async () => {
  await chat?.close()
  chat = undefined
  folder?.remove()
  folder = undefined
})

const grant: Capability[] = ['transformEnvelope', 'onEnvelopeStored', 'onSignedIn', 'presence']
const fixture = {
  use: fileURLToPath(new URL('./fixtures/isolated', import.meta.url)),
  config: { greeting: 'hello' },
  grant,
  isolate: true,
}
const start = async (more: object = {}): Promise<PluginServer> => {
  chat = await startWith([{ ...fixture, ...more }])
  return chat
}

/** Waits for what another thread does; a virtual clock does not move it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('a plugin in a thread decides, stores, sends and says how users are, as one in the process does', async () => {
  const chat = await start()
  expect(chat.server.plugins.list()[0]).toMatchObject({
    name: 'isolated',
    version: '1.2.3',
    isolated: true,
  })
  await chat.send('hi')
  expect(await refusal(chat.send('reject'))).toMatchObject({
    code: 'rejected_by_plugin',
    message: 'hello no',
  })
  await chat.send('storage')
  await chat.send('retype')
  expect(await chat.mailbox('bob')).toMatchObject([
    { message: 'hi' },
    {
      meta: {
        'isolated.stored': '{"greeting":"hello"}',
        'isolated.there': 'true',
        'isolated.call': 'true',
      },
    },
    { type: 'x-isolated', message: 'retype' },
  ])
  await until(async () => (await chat.mailbox('alice')).length > 0)
  expect(await chat.mailbox('alice')).toMatchObject([{ type: 'x-isolated', sender: 'system' }])
  const [alice] = await chat.server.services.presence.viewsOf([parseUserName('alice')])
  expect(alice).toMatchObject({ state: 'busy', text: 'hello' })
})

test('what it answers and does is held to the same rules', async () => {
  const chat = await start()
  for (const message of ['mutate', 'garbage']) {
    expect((await refusal(chat.send(message))).code).toBe('plugin_failed')
  }
  expect(chat.server.plugins.list()[0]?.failures).toBe(2)
})

test('a call that waits is given up after its budget, its signal aborts, and its thread goes on', async () => {
  const chat = await start()
  const sent = refusal(chat.send('hang'))
  await chat.settle()
  await chat.clock.advance(250)
  expect((await sent).code).toBe('plugin_failed')
  const { database } = chat.server.engines
  await until(async () => (await database.pluginStorage.get('isolated', 'aborted', 0)) === 1)
  await chat.send('hi')
  expect(chat.logged('plugin.hung')).toEqual([])
})

test.each([
  ['spins for ever', 'spin', 'plugin.hung'],
  ['ends its process', 'die', undefined],
  // By its limit or, on a slow machine, as one that hangs.
  ['eats all memory', 'leak', undefined],
])(
  'a thread that %s is ended and started again',
  async (_what, message, event) => {
    const chat = await start()
    const sent = refusal(chat.send(message))
    let isOver = false
    void sent.then(() => {
      isOver = true
    })
    await until(async () => {
      await chat.clock.advance(50)
      return isOver
    })
    expect((await sent).code).toBe('plugin_failed')
    await until(() => chat.logged('plugin.restarted').length > 0)
    if (event !== undefined) expect(chat.logged(event)).toMatchObject([{ plugin: 'isolated' }])
    expect(chat.logged('plugin.restarted')).toMatchObject([{ plugin: 'isolated' }])
    await chat.send('hi')
    expect(await chat.mailbox('bob')).toMatchObject([{ message: 'hi' }])
  },
  30_000,
)

test('switched off its thread is gone, switched on there is a new one', async () => {
  const chat = await start()
  const { plugins } = chat.server
  await plugins.disable('isolated')
  await chat.send('reject')
  await plugins.enable('isolated')
  expect((await refusal(chat.send('reject'))).code).toBe('rejected_by_plugin')
})

test('the checklist holds for it, and a failed start leaves no thread', async () => {
  await expectFault(startWith([{ ...fixture, config: { greeting: 7 } }]), 'plugin_bad_config')
  await expectFault(startWith([{ ...fixture, config: { greeting: () => 7 } }]), 'plugin_bad_config')
  await expectFault(startWith([{ ...fixture, grant: ['presence'] }]), 'plugin_not_granted')
  folder = makePackageFolder()
  for (const [module, code] of [
    ['for (;;) ;', 'plugin_not_loadable'],
    ['throw new Error("boom")', 'plugin_not_loadable'],
    ['process.exit(1)', 'plugin_not_loadable'],
    ['export default 7', 'plugin_bad_shape'],
    [
      'export default { name: "p-one", apiVersion: 1, capabilities: [], create() { throw new Error("x") } }',
      'plugin_create_failed',
    ],
    [
      'export default { name: "p-one", apiVersion: 1, capabilities: [], create: () => ({ onSignedIn() {} }) }',
      'plugin_keys_differ',
    ],
  ] as const) {
    folder.add('./stranger', { module })
    const use = `${folder.path}/stranger`
    // A module that spins is waited for 10 s: once is enough.
    if (module !== 'for (;;) ;') await expectFault(startWith([{ use, isolate: true }]), code)
  }
}, 60_000)

test('a new thread is not held to what the former one did: breakers are closed', async () => {
  folder = makePackageFolder()
  folder.add('./stranger', {
    module: `export default {
      name: 'stranger', apiVersion: 1, capabilities: ['transformEnvelope', 'onSignedIn'],
      create: () => ({
        transformEnvelope: { types: ['CHAT_MESSAGE'], handler({ message }) {
          if (message === 'throw') throw new Error('boom')
          return { kind: 'pass' }
        } },
        onSignedIn: () => process.exit(3),
      }),
    }`,
  })
  chat = await startWith([{ use: `${folder.path}/stranger`, isolate: true, grant: 'all' }])
  const { send, logged, server } = chat
  const breaker = () => server.plugins.list()[0]?.hooks[1]?.breaker
  for (let call = 0; call < 5; call += 1) await refusal(send('throw'))
  expect(breaker()).toBe('open')
  server.plugins.points.accountHooks.signedIn(
    { name: parseUserName('alice'), sessionId: 's' },
    'r1',
  )
  await until(() => logged('plugin.restarted').length > 0)
  // Time stands still: it is not the trial after 30 s.
  expect(breaker()).toBe('closed')
  await send('hi')
})

test('switched off and on while its thread is to be started again there is one new thread, at once', async () => {
  const { send, logged, server } = await start()
  await refusal(send('die'))
  await server.plugins.disable('isolated')
  await server.plugins.enable('isolated')
  expect((await refusal(send('reject'))).code).toBe('rejected_by_plugin')
  // Longer than the pause before a restart: nothing of the former life comes after.
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(logged('plugin.restarted')).toEqual([])
  expect((await refusal(send('reject'))).code).toBe('rejected_by_plugin')
})

test('one that is not made at its restart is started once more', async () => {
  folder = makePackageFolder()
  const starts = `${folder.path}/starts`
  folder.add('./stranger', {
    module: `import { appendFileSync, readFileSync } from 'node:fs'
      export default {
        name: 'stranger', apiVersion: 1, capabilities: ['transformEnvelope'],
        create() {
          appendFileSync(${JSON.stringify(starts)}, '.')
          const contributions = { transformEnvelope: { types: ['CHAT_MESSAGE'], handler: ({ message }) =>
            message === 'die' ? process.exit(3) : { kind: 'pass' } } }
          const isSecond = readFileSync(${JSON.stringify(starts)}, 'utf8') === '..'
          return isSecond ? new Promise(() => undefined) : contributions
        },
      }`,
  })
  const events: unknown[] = []
  const note = (fields: object) => void events.push(Reflect.get(fields, 'event'))
  const host = makePluginHost({
    sources: [toSource({ use: `${folder.path}/stranger`, isolate: true, grant: 'all' }, 5000)],
    folder: '/',
    clock: systemClock,
    log: { debug: note, info: note, warn: note, error: note },
    nextRequestId: () => 'r1',
    patience: { createMs: 4000, closeMs: 4000, idleMs: 1000 },
  })
  await host.load()
  await host.start({} as never)
  const send = async (message: string) =>
    host.points.pipeline.transformOf('CHAT_MESSAGE')?.({ message, meta: {} } as never, {
      requestId: 'r1',
    })
  await refusal(send('die') as Promise<unknown>)
  await until(() => events.includes('plugin.restarted'))
  expect(events.indexOf('plugin.failed')).toBeLessThan(events.indexOf('plugin.restarted'))
  expect(await send('hi')).toMatchObject({ type: undefined, copyTo: [] })
  await host.close()
  await host.closeDrivers()
})

test('what comes out of a thread and is no answer of the host is passed over', async () => {
  folder = makePackageFolder()
  folder.add('./stranger', {
    module: `import { parentPort } from 'node:worker_threads'
      const junk = [null, 'text', 7, {}, { kind: 'tell' }, { kind: 'ask', id: 1, method: 'server', args: 'none' },
        { kind: 'error', id: 1 }, { kind: 'answer', id: 99 }, { kind: 'tell', method: 'nothing', args: [] },
        { kind: 'tell', method: 'metric', args: ['counter', 'no name', 'h', 1] }]
      export default {
        name: 'stranger', apiVersion: 1, capabilities: ['transformEnvelope', 'presence'],
        create: () => ({
          transformEnvelope: { types: ['CHAT_MESSAGE'], handler() {
            for (const each of junk) parentPort.postMessage(each)
            return { kind: 'pass' }
          } },
          presence: { ttlMs: 1000, lookup: () => ({}), watch() { throw new Error('cannot watch') } },
        }),
      }`,
  })
  chat = await startWith([{ use: `${folder.path}/stranger`, isolate: true, grant: 'all' }])
  const { send, mailbox, logged } = chat
  await send('one')
  await send('two')
  expect(await mailbox('bob')).toHaveLength(2)
  // The name of a metric that is none, twice; and what the watch threw in its thread.
  await until(() => logged('plugin.failed').length === 2)
  await until(() => logged('plugin.log').length > 0)
  expect(logged('plugin.thread_failed')).toEqual([])
})
