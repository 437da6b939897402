import { fileURLToPath } from 'node:url'
import type { Capability } from '@secure-chat/plugin-sdk/server'
import { parseUserName } from '@secure-chat/protocol'
import { makePackageFolder } from './support/package-folder.ts'
import { expectFault, type PluginServer, refusal, startWith } from './support/plugin-server.ts'

let chat: PluginServer
afterEach(() => chat.close())

const grant: Capability[] = ['transformEnvelope', 'onEnvelopeStored', 'onSignedIn', 'presence']
const fixture = {
  use: fileURLToPath(new URL('./fixtures/isolated', import.meta.url)),
  config: { greeting: 'hello' },
  grant,
  isolate: true,
}
const start = async (more: object = {}) => {
  chat = await startWith([{ ...fixture, ...more }])
}

/** Waits for what another thread does; a virtual clock does not move it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

const status = () => chat.server.plugins.list()[0]

test('a plugin in a thread decides, stores, sends and says how users are, as one in the process does', async () => {
  await start()
  expect(status()).toMatchObject({ name: 'isolated', version: '1.2.3', isolated: true })
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
}, 20_000)

test('what it answers and does is held to the same rules', async () => {
  await start()
  for (const message of ['mutate', 'garbage']) {
    expect((await refusal(chat.send(message))).code).toBe('plugin_failed')
  }
  expect(status()?.failures).toBe(2)
}, 20_000)

test('a call that waits is given up after its budget, its signal aborts, and its thread goes on', async () => {
  await start()
  const sent = refusal(chat.send('hang'))
  await chat.settle()
  await chat.clock.advance(250)
  expect((await sent).code).toBe('plugin_failed')
  const { database } = chat.server.engines
  await until(async () => (await database.pluginStorage.get('isolated', 'aborted', 0)) === 1)
  await chat.send('hi')
  expect(chat.logged('plugin.hung')).toEqual([])
}, 20_000)

test.each([
  ['spins for ever', 'spin', 'plugin.hung'],
  ['ends its process', 'die', undefined],
  // By its limit or, on a slow machine, as one that hangs.
  ['eats all memory', 'leak', undefined],
])(
  'a thread that %s is ended and started again',
  async (_what, message, event) => {
    await start()
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
    if (event !== undefined) expect(chat.logged(event)).toHaveLength(1)
    await chat.send('hi')
    expect(await chat.mailbox('bob')).toMatchObject([{ message: 'hi' }])
  },
  30_000,
)

test('switched off its thread is gone, switched on there is a new one', async () => {
  await start()
  const { plugins } = chat.server
  await plugins.disable('isolated')
  await chat.send('reject')
  await plugins.enable('isolated')
  expect((await refusal(chat.send('reject'))).code).toBe('rejected_by_plugin')
}, 20_000)

test('the checklist holds for it, and a failed start leaves no thread', async () => {
  await expectFault(startWith([{ ...fixture, config: { greeting: 7 } }]), 'plugin_bad_config')
  await expectFault(startWith([{ ...fixture, config: { greeting: () => 7 } }]), 'plugin_bad_config')
  await expectFault(startWith([{ ...fixture, grant: ['presence'] }]), 'plugin_not_granted')
  const folder = makePackageFolder()
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
  folder.remove()
  chat = await startWith([])
}, 60_000)
