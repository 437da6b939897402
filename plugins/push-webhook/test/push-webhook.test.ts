import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import {
  conformance,
  type ServerPluginTest,
  testServerPlugin,
} from '@secure-chat/plugin-sdk/testing'
import pushWebhook from '../src/server.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { newSecret, until } from './support.ts'

// Each test starts a whole server.
jest.setTimeout(60_000)

let receiver: Receiver
let chat: ServerPluginTest
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(async () => {
  await chat?.close()
  await receiver.close()
})

async function start(config: object = {}, users = ['alice', 'bob', 'carol']): Promise<void> {
  const given = { url: receiver.url, secrets: [newSecret()], ...config }
  chat = await testServerPlugin(pushWebhook, given, { users })
}

const notice = async (number: number) => JSON.parse((await receiver.request(number)).body)
const waiting = async () => (await chat.storage.list('notice/')).map(({ value }) => value)
/** Everything is sent, and nothing more will be without a message. */
const idle = () => until(async () => (await waiting()).length === 0)

test('tells the receiver of a message for who is offline, and what of it the operator lets out', async () => {
  await start()
  await chat.setPresence('bob', 'offline')
  const sent = await chat.send('a secret')
  const { method, path, headers, body } = await receiver.request(1)
  expect({ method, path }).toEqual({ method: 'POST', path: '/push' })
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-id': expect.stringMatching(/^msg_[0-9a-f-]{36}$/),
    'webhook-timestamp': String(Math.floor(chat.clock.now() / 1000)),
  })
  const at = new Date(chat.clock.now()).toISOString()
  expect(JSON.parse(body)).toEqual({
    type: 'messages.waiting',
    timestamp: at,
    data: {
      recipient: 'bob',
      state: 'offline',
      messages: 1,
      newest: { id: Reflect.get(sent, 'id'), type: 'CHAT_MESSAGE', timestamp: at, sender: 'alice' },
    },
  })
  expect(body).not.toContain('a secret')
  await idle()
})

test('leaves the sender out, and sends small messages along, where the operator says so', async () => {
  await start({ sender: false, ciphertextMaxBytes: 10, quietSeconds: 0 })
  await chat.setPresence('bob', 'offline')
  await chat.send('ten bytes!')
  expect((await notice(1)).data.newest).toMatchObject({ ciphertext: 'ten bytes!' })
  expect((await notice(1)).data.newest).not.toHaveProperty('sender')
  await idle()
  await chat.send('ten bytes, and more')
  expect((await notice(2)).data.newest).not.toHaveProperty('ciphertext')
})

test('tells nothing of who is there, and of records of other types', async () => {
  await start({ types: ['x-other'] })
  await chat.setPresence('bob', 'offline')
  await chat.send('one')
  await chat.settle()
  expect(receiver.requests).toEqual([])
})

test.each(['online', 'away', 'busy'] as const)(
  'who is %s is not offline, unless asked for',
  async (state) => {
    await start()
    await chat.setPresence('bob', state)
    await chat.send('one')
    await chat.setPresence('carol', 'offline')
    await chat.send('two', { to: 'carol' })
    expect((await notice(1)).data.recipient).toBe('carol')
    await chat.close()
    await start({ states: [state] })
    await chat.setPresence('bob', state)
    await chat.send('three')
    expect((await notice(2)).data).toMatchObject({ recipient: 'bob', state })
  },
)

test('who lost the connection unnoticed is told when the sign of life is too old', async () => {
  await start()
  await chat.setPresence('bob', 'online')
  await chat.clock.advance(1000)
  await chat.send('one')
  await chat.send('two')
  await chat.clock.advance(90_000)
  expect(receiver.requests).toEqual([])
  await chat.clock.advance(15_000)
  expect((await notice(1)).data).toMatchObject({ recipient: 'bob', state: 'offline', messages: 2 })
  await idle()
  await chat.clock.advance(200_000)
  expect(receiver.requests).toHaveLength(1)
})

test('who gave a sign of life after the message is told nothing when they go', async () => {
  await start()
  await chat.setPresence('bob', 'online')
  await chat.send('one')
  await chat.clock.advance(1000)
  await chat.received('bob')
  await chat.clock.advance(200_000)
  expect((await chat.presence('bob')).state).toBe('offline')
  expect(receiver.requests).toEqual([])
})

test('what comes soon after a notice is told together, when the quiet time is over', async () => {
  await start({ quietSeconds: 60 })
  await chat.setPresence('bob', 'offline')
  await chat.send('one')
  expect((await notice(1)).data.messages).toBe(1)
  await idle()
  await chat.clock.advance(10_000)
  for (const text of ['two', 'three']) await chat.send(text)
  const last = await chat.send('four', { from: 'carol' })
  await until(async () => Reflect.get(Object((await waiting())[0]), 'messages') === 3)
  await chat.clock.advance(49_999)
  expect(receiver.requests).toHaveLength(1)
  await chat.clock.advance(1)
  expect((await notice(2)).data).toMatchObject({
    messages: 3,
    newest: { id: Reflect.get(last, 'id'), sender: 'carol' },
  })
  await idle()
  // That notice began a quiet time of its own.
  await chat.send('five')
  await chat.clock.advance(59_999)
  expect(receiver.requests).toHaveLength(2)
  await chat.clock.advance(1)
  expect((await notice(3)).data.messages).toBe(1)
})

test('each user has a quiet time of their own', async () => {
  await start()
  for (const name of ['bob', 'carol']) await chat.setPresence(name, 'offline')
  await chat.send('one')
  await chat.send('two', { to: 'carol' })
  const told = [await notice(1), await notice(2)].map(({ data }) => data.recipient)
  expect(told.toSorted()).toEqual(['bob', 'carol'])
})

test('without a quiet time every message is told of at once', async () => {
  await start({ quietSeconds: 0 })
  await chat.setPresence('bob', 'offline')
  for (const number of [1, 2, 3]) {
    await chat.send(`message ${number}`)
    expect((await notice(number)).data.messages).toBe(1)
    await idle()
  }
})

test('of many messages at once one is told of now and the rest together', async () => {
  await start()
  await chat.setPresence('bob', 'offline')
  await Promise.all(Array.from({ length: 20 }, (_, at) => chat.send(`message ${at}`)))
  expect((await notice(1)).data.messages).toBe(1)
  await until(async () => Reflect.get(Object((await waiting())[0]), 'messages') === 19)
  await chat.clock.advance(60_000)
  expect((await notice(2)).data.messages).toBe(19)
  await idle()
  await chat.clock.advance(600_000)
  expect(receiver.requests).toHaveLength(2)
})

test('who comes back before the quiet time is over is not told', async () => {
  await start()
  await chat.setPresence('bob', 'offline')
  await chat.send('one')
  await receiver.request(1)
  await idle()
  await chat.send('two')
  await until(async () => (await waiting()).length === 1)
  await chat.clock.advance(1000)
  await chat.setPresence('bob', 'online')
  await chat.clock.advance(300_000)
  await idle()
  expect(receiver.requests).toHaveLength(1)
})

test('it conforms', async () => {
  await conformance(pushWebhook, {
    config: {
      url: receiver.url,
      secrets: [newSecret()],
      states: ['online', 'away', 'busy', 'offline'],
    },
  })
  // It was at work meanwhile.
  expect(receiver.requests.length).toBeGreaterThan(0)
})
