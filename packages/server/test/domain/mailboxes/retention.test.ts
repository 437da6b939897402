import { makeRetention } from '../../../src/domain/mailboxes/retention.ts'
import { type Messaging, openMessaging, readAll } from '../../support/messaging.ts'

let chat: Messaging
beforeEach(async () => {
  chat = await openMessaging()
})
afterEach(() => chat.close())

const dayMs = 86_400_000
const running = new AbortController().signal

test('removes what is older than the setting, however much it is, and nothing else', async () => {
  const { name } = await chat.addUser('bob')
  const put = (message: string, count: number) =>
    chat.queue.enqueueAll(
      Array.from({ length: count }, (_, i) => ({
        user: name,
        record: {
          id: `${message}${i}`,
          type: 'CHAT_MESSAGE',
          sender: 'alice',
          message,
          timestamp: new Date(chat.clock.now()).toISOString(),
        },
      })),
    )
  await put('old', 3000)
  await chat.clock.advance(29 * dayMs)
  await put('new', 2)
  const { queue, clock } = chat
  const retain = makeRetention({ queue, clock, keepDays: 30, maxBytes: 2 ** 30 })
  await retain(running)
  expect(await readAll(queue, name)).toHaveLength(3002)
  await chat.clock.advance(dayMs + 1)
  await retain(running)
  expect((await readAll(queue, name)).map(({ message }) => message)).toEqual(['new', 'new'])
})

test('leaves a backlog for the next start when the server ends', async () => {
  const ending = new AbortController()
  let steps = 0
  const queue = {
    supports: { expiry: true, durability: true },
    async expire() {
      steps += 1
      if (steps === 2) ending.abort()
      return { removed: 200, more: true }
    },
  }
  const retain = makeRetention({ queue, clock: chat.clock, keepDays: 30, maxBytes: 2 ** 30 })
  await retain(ending.signal)
  expect(steps).toBe(2)
})

test('leaves an engine alone that expires by its own settings', async () => {
  const queue = {
    supports: { expiry: false, durability: true },
    expire: () => Promise.reject(new Error('called')),
  }
  await makeRetention({ queue, clock: chat.clock, keepDays: 30, maxBytes: 2 ** 30 })(running)
})
