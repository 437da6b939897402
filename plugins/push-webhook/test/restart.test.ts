import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type ServerPluginTest, testServerPlugin } from '@secure-chat/plugin-sdk/testing'
import pushWebhook from '../src/server.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { newSecret, until } from './support.ts'

// Each test starts a server more than once.
jest.setTimeout(60_000)

let receiver: Receiver
let dataDir: string
let chat: ServerPluginTest
beforeEach(async () => {
  receiver = await startReceiver()
  dataDir = await mkdtemp(join(tmpdir(), 'secure-chat-push-webhook-'))
})
afterEach(async () => {
  await chat.close()
  await receiver.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function start(users?: readonly string[]): Promise<void> {
  const config = { url: receiver.url, secrets: [newSecret()] }
  const settings = { dataDir }
  chat = await testServerPlugin(pushWebhook, config, { settings, ...(users && { users }) })
}

/** Another life over the same data, where nobody signs in. Its clock stands at the real time, which has not moved much. */
async function restart(): Promise<void> {
  await chat.close()
  await start([])
}

const waiting = async (): Promise<Array<Record<string, unknown>>> =>
  (await chat.storage.list('notice/')).map(({ value }) => Object(value))
const idle = () => until(async () => (await waiting()).length === 0)
const idOf = async (number: number) => (await receiver.request(number)).headers['webhook-id']

test('what waits for its next try is sent after a restart', async () => {
  await start()
  await chat.setPresence('bob', 'offline')
  receiver.answer(500)
  await chat.send('one')
  await until(async () => (await waiting())[0]?.tries === 1)
  await restart()
  await chat.clock.advance(10_000)
  expect(await idOf(2)).toBe(await idOf(1))
  await idle()
})

test('what was under way at the end comes again, under the same id', async () => {
  await start()
  await chat.setPresence('bob', 'offline')
  receiver.answer(() => undefined)
  await chat.send('one')
  await receiver.request(1)
  await restart()
  expect(await idOf(2)).toBe(await idOf(1))
  await idle()
})

test('what the quiet time holds back is sent after a restart', async () => {
  await start()
  await chat.setPresence('bob', 'offline')
  await chat.send('one')
  await receiver.request(1)
  await idle()
  await chat.send('two')
  await until(async () => (await waiting()).length === 1)
  await restart()
  await chat.clock.advance(61_000)
  expect(JSON.parse((await receiver.request(2)).body).data).toMatchObject({ messages: 1 })
  await idle()
})

test('a notice of a node that is no more is taken over, and by one of the others alone', async () => {
  await start()
  const stored = {
    id: 'msg_00000000-0000-4000-8000-000000000001',
    recipient: 'bob',
    messages: 3,
    newest: { id: 'x', type: 'CHAT_MESSAGE', timestamp: new Date().toISOString() },
    acceptedAt: chat.clock.now(),
    dueAt: chat.clock.now(),
    tries: 2,
  }
  // Another node is at this very try.
  await chat.storage.set(`claim/${stored.id}/2`, 1)
  await chat.storage.set(`notice/bob/${stored.id}`, stored)
  await chat.clock.advance(60_000)
  expect(receiver.requests).toEqual([])
  // It failed, and will not come to the next.
  await chat.storage.set(`notice/bob/${stored.id}`, { ...stored, tries: 3 })
  await chat.clock.advance(60_000)
  expect(await idOf(1)).toBe(stored.id)
  await idle()
})

test('what cannot be read is removed, and said', async () => {
  await start()
  await chat.storage.set('notice/bob/x', { id: 'x' })
  await chat.clock.advance(60_000)
  await idle()
  expect(chat.logs('plugin.log')).toMatchObject([{ key: 'notice/bob/x' }])
  expect(receiver.requests).toEqual([])
})
