import { jest } from '@jest/globals'
import { defineServerPlugin, z } from '../../../src/server/index.ts'
import { type ServerPluginTest, testServerPlugin } from '../../../src/testing/index.ts'

// Each test starts a whole server.
jest.setTimeout(60_000)

let chat: ServerPluginTest | undefined
afterEach(() => chat?.close())

const everything = defineServerPlugin({
  name: 'everything',
  apiVersion: 1,
  capabilities: ['transformEnvelope', 'onEnvelopeStored', 'onSignedIn', 'presence', 'routes'],
  config: z.object({ word: z.string() }),
  create: ({ log, storage, clock }, { word }) => ({
    transformEnvelope: {
      types: ['CHAT_MESSAGE'],
      handler: ({ message }) => {
        if (message === 'hang') return new Promise(() => undefined)
        if (message === word) return { kind: 'reject', reason: 'Not that word.' }
        return { kind: 'annotate', meta: { at: String(clock.now()) } }
      },
    },
    onEnvelopeStored: {
      types: ['CHAT_MESSAGE'],
      async handler({ sender }) {
        log.info({ event: 'stored' }, 'stored')
        await storage.increment(`from/${sender}`)
      },
    },
    async onSignedIn({ name }) {
      await storage.set(`in/${name}`, clock.now())
    },
    presence: { ttlMs: 1000, lookup: () => ({ bob: { state: 'busy', text: 'at lunch' } }) },
    routes: {
      signedIn: (router) =>
        router.get('/me', (request, response) => {
          response.json(Object(request.user).name)
        }),
      open: (router) =>
        router.post('/echo', (request, response) => {
          response.json(request.body)
        }),
    },
  }),
})

test('users send, receive and are rejected, with the plugin at work', async () => {
  chat = await testServerPlugin(everything, { word: 'please' })
  expect(await chat.send('hello')).toEqual({ kind: 'stored', id: expect.any(String) })
  expect(await chat.send('please', { from: 'bob', to: 'alice' })).toEqual({
    kind: 'refused',
    status: 422,
    code: 'rejected_by_plugin',
    reason: 'Not that word.',
  })
  expect(await chat.received()).toMatchObject([
    { sender: 'alice', message: 'hello', meta: { 'everything.at': String(chat.clock.now()) } },
  ])
  expect(await chat.received('alice')).toEqual([])
})

test('time stands still until it is moved, for a handler that hangs as well', async () => {
  chat = await testServerPlugin(everything, { word: 'please' })
  const sent = chat.send('hang')
  let isOver = false
  void sent.then(() => {
    isOver = true
  })
  while (!isOver) await chat.clock.advance(50)
  expect(await sent).toMatchObject({ status: 503, code: 'plugin_failed' })
  expect(chat.status()).toMatchObject({
    failures: 1,
    hooks: [{ breaker: 'closed' }, {}, {}, {}, {}],
  })
  expect(chat.logs('plugin.failed')).toHaveLength(1)
})

test('what it keeps, logs and answers can be looked at', async () => {
  chat = await testServerPlugin(
    everything,
    { word: 'please' },
    { users: ['alice', 'bob', 'carol'] },
  )
  await chat.send('hello', { from: 'carol' })
  await chat.settle()
  expect(await chat.storage.get('from/carol')).toBe(1)
  expect((await chat.storage.list('in/')).map(({ key }) => key)).toEqual([
    'in/alice',
    'in/bob',
    'in/carol',
  ])
  expect(chat.logs('plugin.log')).toHaveLength(1)
  expect(await chat.presence('bob')).toMatchObject({ state: 'busy', text: 'at lunch' })
  expect(await chat.presence('carol')).toMatchObject({ state: 'online' })
  await chat.setPresence('carol', 'away', 'tea')
  expect(await chat.presence('carol')).toMatchObject({ state: 'away', text: 'tea' })
  expect(await chat.call('GET', '/plugins/everything/me', { as: 'carol' })).toEqual({
    status: 200,
    body: 'carol',
  })
  expect((await chat.call('GET', '/plugins/everything/me', { as: null })).status).toBe(401)
  const body = { a: [1] }
  expect(await chat.call('POST', '/plugins/everything/echo', { as: null, body })).toEqual({
    status: 200,
    body,
  })
  await chat.signOut('carol')
  await expect(chat.send('x', { from: 'carol' })).rejects.toThrow("await test.signIn('carol')")
})

test('a config that does not fit stops the start with the code of that step', async () => {
  chat = undefined
  await expect(testServerPlugin(everything, { word: 7 })).rejects.toMatchObject({
    members: { plugin_code: 'plugin_bad_config' },
  })
})
