import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type ServerPluginTest, testServerPlugin } from '@secure-chat/plugin-sdk/testing'
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
  for (const name of ['bob', 'carol']) await chat.setPresence(name, 'offline')
}

const waiting = async (): Promise<Array<Record<string, unknown>>> =>
  (await chat.storage.list('notice/')).map(({ value }) => Object(value))
const idle = () => until(async () => (await waiting()).length === 0)
/** The one that waits has so many failed tries, and is due some time later. */
const failed = (tries: number) =>
  until(async () => (await waiting()).some((one) => one.tries === tries))
const logged = (text: string) =>
  chat.logs('plugin.log').filter(({ msg }) => String(msg).startsWith(text))

test.each([
  ['500', 500],
  ['503', 503],
  ['408', 408],
  ['425', 425],
  ['429', 429],
])('status %s: tries again under the same id, signed anew', async (_name, status) => {
  await start()
  receiver.answer(status)
  await chat.send('one')
  const first = await receiver.request(1)
  await failed(1)
  // Half of the wait at least, all of it at most.
  await chat.clock.advance(2499)
  expect(receiver.requests).toHaveLength(1)
  await chat.clock.advance(2501)
  const second = await receiver.request(2)
  expect(second.body).toBe(first.body)
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
  expect(Number(second.headers['webhook-timestamp'])).toBeGreaterThan(
    Number(first.headers['webhook-timestamp']),
  )
  expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature'])
  await idle()
  await until(() => logged('the receiver takes notices again').length === 1)
  expect(logged('the receiver fails')).toMatchObject([{ why: `status ${status}` }])
})

test('a connection that is reset is tried again', async () => {
  await start()
  receiver.answer((response) => void response.socket?.resetAndDestroy())
  await chat.send('one')
  await failed(1)
  expect(logged('the receiver fails')).toMatchObject([{ why: 'ECONNRESET' }])
  await chat.clock.advance(5000)
  await receiver.request(2)
  await idle()
})

test('a receiver that hangs is given up after its time, and tried again', async () => {
  await start({ timeoutSeconds: 10 })
  let isClosed = false
  receiver.answer((response) => void response.on('close', () => (isClosed = true)))
  await chat.send('one')
  await receiver.request(1)
  await chat.clock.advance(9999)
  expect(await waiting()).toMatchObject([{ tries: 0 }])
  await chat.clock.advance(1)
  await failed(1)
  await until(() => isClosed)
  expect(logged('the receiver fails')).toMatchObject([{ why: 'no answer within 10 s' }])
  await chat.clock.advance(5000)
  await receiver.request(2)
  await idle()
})

test('nobody waits for the body of an answer', async () => {
  await start()
  let isClosed = false
  receiver.answer((response) => {
    response.on('close', () => (isClosed = true))
    response.writeHead(200).write('never more')
  })
  await chat.send('one')
  await idle()
  await until(() => isClosed)
})

test('a redirect is not followed and not tried again', async () => {
  await start()
  receiver.answer((response) => response.writeHead(307, { location: '/elsewhere' }).end())
  await chat.send('one')
  await receiver.request(1)
  await idle()
  expect(logged('a notice was given up')).toMatchObject([
    { messages: 1, why: 'status 307: redirects are not followed' },
  ])
  await chat.clock.advance(60_000)
  expect(receiver.requests).toHaveLength(1)
})

test.each([400, 401, 404, 413])('status %s would be the same again', async (status) => {
  await start()
  receiver.answer(status)
  await chat.send('one')
  await receiver.request(1)
  await idle()
  expect(logged('a notice was given up')).toMatchObject([{ why: `status ${status}` }])
})

test('410 ends it until the next start', async () => {
  await start({ quietSeconds: 0 })
  receiver.answer(410)
  await chat.send('one')
  await until(() => logged('the receiver answered 410').length === 1)
  await chat.send('two', { to: 'carol' })
  await until(() => logged('messages came of which nobody is told').length === 1)
  await chat.clock.advance(120_000)
  expect(receiver.requests).toHaveLength(1)
})

test.each([
  ['seconds', () => '60'],
  ['a date', () => new Date(chat.clock.now() + 60_000).toUTCString()],
])('Retry-After in %s is kept, and holds for all notices', async (_name, header) => {
  await start()
  receiver.answer((response) => response.writeHead(429, { 'retry-after': header() }).end())
  await chat.send('one')
  await failed(1)
  await chat.send('two', { to: 'carol' })
  await chat.clock.advance(55_000)
  expect(receiver.requests).toHaveLength(1)
  await chat.clock.advance(5000)
  await Promise.all([receiver.request(2), receiver.request(3)])
  await idle()
})

test.each(['-1', 'soon', ''])('a Retry-After of %j is not heard', async (header) => {
  await start()
  receiver.answer((response) => response.writeHead(503, { 'retry-after': header }).end())
  await chat.send('one')
  await failed(1)
  await chat.clock.advance(5000)
  await receiver.request(2)
  await idle()
})

test('a Retry-After of a lifetime is a day', async () => {
  await start({ giveUpHours: 48 })
  receiver.answer((response) => response.writeHead(503, { 'retry-after': '9999999999' }).end())
  await chat.send('one')
  await failed(1)
  await chat.clock.jump(86_400_000 - 1000)
  expect(receiver.requests).toHaveLength(1)
  await chat.clock.advance(1000)
  await receiver.request(2)
  await idle()
})

test('after the last try the notice is given up', async () => {
  await start({ tries: 4 })
  receiver.answer(500, 500, 500, 500)
  await chat.send('one')
  for (const tries of [1, 2, 3]) {
    await failed(tries)
    const [{ dueAt } = {}] = await waiting()
    await chat.clock.advance(Number(dueAt) - chat.clock.now())
    await receiver.request(tries + 1)
  }
  await idle()
  expect(logged('a notice was given up')).toMatchObject([
    { why: 'status 500, at the last of 4 tries' },
  ])
})

test('a notice that would be too old at its next try is given up', async () => {
  await start({ giveUpHours: 1 })
  receiver.answer((response) => response.writeHead(503, { 'retry-after': '3600' }).end())
  await chat.send('one')
  await receiver.request(1)
  await idle()
  expect(logged('a notice was given up')).toMatchObject([{ why: 'status 503, and it is too old' }])
})

test('while a notice is tried again, messages for its recipient join it', async () => {
  await start()
  receiver.answer(500)
  await chat.send('one')
  await failed(1)
  await chat.send('two', { from: 'carol' })
  await until(async () => (await waiting())[0]?.messages === 2)
  await chat.clock.advance(5000)
  expect(JSON.parse((await receiver.request(2)).body).data).toMatchObject({
    messages: 2,
    newest: { sender: 'carol' },
  })
})

test('a message that comes while its notice is being sent is not lost with it', async () => {
  await start()
  receiver.answer(() => undefined)
  await chat.send('one')
  const { response } = await receiver.request(1)
  await chat.send('two')
  await until(async () => (await waiting()).length === 2)
  response.writeHead(204).end()
  await until(async () => (await waiting()).length === 1)
  await chat.clock.advance(60_000)
  expect(JSON.parse((await receiver.request(2)).body).data.messages).toBe(1)
  await idle()
})

test('who is there again before the next try is told nothing', async () => {
  await start()
  receiver.answer(500)
  await chat.send('one')
  await failed(1)
  await chat.clock.advance(1)
  await chat.setPresence('bob', 'online')
  await chat.clock.advance(5000)
  await idle()
  expect(receiver.requests).toHaveLength(1)
})

test('beyond what may wait messages are dropped, counted and logged', async () => {
  await start({ maxWaiting: 2 }, ['alice', 'bob', 'carol', 'dave', 'erin'])
  for (const name of ['dave', 'erin']) await chat.setPresence(name, 'offline')
  receiver.answer(500, 500)
  for (const to of ['bob', 'carol']) await chat.send('one', { to })
  await until(async () => (await waiting()).every(({ tries }) => tries === 1))
  for (const to of ['dave', 'erin', 'dave']) await chat.send('two', { to })
  await until(() => logged('messages came of which nobody is told').length === 1)
  await chat.settle()
  expect(await waiting()).toHaveLength(2)
  expect(logged('messages came of which nobody is told')).toMatchObject([{ dropped: 1 }])
  // The next line, a minute later, says how many there were meanwhile.
  await chat.clock.advance(5000)
  await idle()
  await chat.send('three', { to: 'dave' })
  expect(JSON.parse((await receiver.request(5)).body).data.recipient).toBe('dave')
})

test('so many requests are under way at once', async () => {
  const users = ['alice', ...Array.from({ length: 5 }, (_, at) => `user${at}`)]
  await start({ concurrency: 2 }, [...users, 'bob', 'carol'])
  receiver.answer(...users.map(() => () => undefined))
  for (const to of users.slice(1)) await chat.send('one', { to })
  await receiver.request(2)
  await until(async () => (await waiting()).length === 5)
  await chat.settle()
  expect(receiver.requests).toHaveLength(2)
  receiver.requests[0]?.response.end()
  await receiver.request(3)
  expect(receiver.requests).toHaveLength(3)
})
