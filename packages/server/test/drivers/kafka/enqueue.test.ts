import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { jest } from '@jest/globals'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import type { MessageQueue } from '../../../src/ports/index.ts'
import { codeOf, newUser, readAll, record } from '../queue-rules/kit.ts'
import { type Others, othersAt, topicOf } from './by-others.ts'
import { openTestQueue } from './open-test-queue.ts'

jest.setTimeout(180_000)

const produceKey = 0

/** How many produce requests this process sends while work goes on. */
async function produceRequests(work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const onRequest = (message: unknown) => {
    if ((message as { apiKey: number }).apiKey === produceKey) count += 1
  }
  subscribe('tracing:plt:kafka:connections:api:start', onRequest)
  try {
    await work()
  } finally {
    unsubscribe('tracing:plt:kafka:connections:api:start', onRequest)
  }
  return count
}

describeWithServices('enqueueing to Kafka', () => {
  let queue: MessageQueue
  let others: Others

  beforeAll(async () => {
    const { port } = await sharedKafka()
    queue = await openTestQueue(port)
    others = othersAt(port)
  })
  afterAll(async () => {
    await queue.close()
    await others.close()
  })

  async function newMailboxes(count: number): Promise<UserName[]> {
    const users = Array.from({ length: count }, () => newUser())
    await Promise.all(users.map((user) => queue.createMailbox(user)))
    return users
  }

  test('collects what arrives in one turn of the event loop into one request', async () => {
    const users = await newMailboxes(20)
    const count = await produceRequests(() =>
      Promise.all(
        Array.from({ length: 400 }, (_, index) =>
          queue.enqueue(users[index % 20] ?? newUser(), record(String(index))),
        ),
      ),
    )
    expect(count).toBe(1)
    for (const user of users) expect(await readAll(queue, user)).toHaveLength(20)
  })

  test('writes the documented JSON, byte by byte, and the time of the record', async () => {
    const [user = newUser()] = await newMailboxes(1)
    const each = record('zażółć', { meta: { a: 'b' }, timestamp: '2026-11-23T18:00:00.123Z' })
    await queue.enqueue(user, each)
    const { Consumer } = await import('@platformatic/kafka')
    const { port } = await sharedKafka()
    const consumer = new Consumer({
      clientId: 'witness',
      groupId: `witness-${user}`,
      bootstrapBrokers: [`127.0.0.1:${port}`],
    })
    const stream = await consumer.consume({ topics: [topicOf(user)], mode: 'earliest' })
    for await (const message of stream) {
      expect(message.value.toString()).toBe(JSON.stringify(each))
      expect([message.key, message.headers.size]).toEqual([undefined, 0])
      expect(Number(message.timestamp)).toBe(Date.parse(each.timestamp))
      break
    }
    await stream.close()
    await consumer.close()
  })

  test('keeps more than a broker takes in one batch, in order', async () => {
    const [user = newUser()] = await newMailboxes(1)
    const texts = Array.from({ length: 24 }, (_, index) => `${index}`.padEnd(192 * 1024, 'x'))
    await Promise.all(texts.map((text) => queue.enqueue(user, record(text))))
    const found = await readAll(queue, user)
    expect(found.map(({ message }) => message.slice(0, 3))).toEqual(
      texts.map((text) => text.slice(0, 3)),
    )
  })

  test('keeps the largest message in its longest JSON', async () => {
    const [user = newUser()] = await newMailboxes(1)
    const text = '\u0001'.repeat(192 * 1024)
    await queue.enqueue(user, record(text))
    expect((await readAll(queue, user))[0]?.message).toBe(text)
  })

  test('splits what a topic of smaller records does not take, and refuses only what is too large alone', async () => {
    const user = newUser()
    await others.admin.createTopics({
      topics: [topicOf(user)],
      partitions: 1,
      replicas: 1,
      configs: [{ name: 'max.message.bytes', value: '20000' }],
    })
    const texts = Array.from({ length: 12 }, (_, index) => `${index}`.padEnd(6000, 'y'))
    const small = texts.map((text) => queue.enqueue(user, record(text)))
    const large = queue.enqueue(user, record('z'.repeat(30_000)))
    const last = queue.enqueue(user, record('last'))
    expect(await codeOf(large)).toBe('too_large')
    await Promise.all([...small, last])
    expect((await readAll(queue, user)).map(({ message }) => message)).toEqual([...texts, 'last'])
  })

  test('makes a topic that was deleted by hand, and loses nothing that comes then', async () => {
    const [user = newUser()] = await newMailboxes(1)
    const { next: cursor } = await queue.read(user, { limit: 1 })
    for (const text of ['1', '2', '3']) await queue.enqueue(user, record(text))
    await others.admin.deleteTopics({ topics: [topicOf(user)] })
    // The controller's word reaches the broker a moment later.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await Promise.all(['4', '5', '6'].map((text) => queue.enqueue(user, record(text))))
    expect((await readAll(queue, user)).map(({ message }) => message)).toEqual(['4', '5', '6'])
    expect(await codeOf(queue.read(user, { limit: 1, after: cursor }))).toBe('bad_cursor')
  })

  test.each(['read', 'end', 'enqueue'] as const)(
    'a mailbox nobody made here heals by %s',
    async (call) => {
      const user = newUser()
      if (call === 'read') expect((await queue.read(user, { limit: 1 })).items).toEqual([])
      if (call === 'end') await queue.end(user)
      if (call === 'enqueue') await queue.enqueue(user, record('0'))
      const before = (await readAll(queue, user)).length
      await queue.enqueue(user, record('x'))
      expect(await readAll(queue, user)).toHaveLength(before + 1)
    },
  )

  test('makes mailboxes asked for at once in few requests, and the first message waits for nothing', async () => {
    const users = Array.from({ length: 60 }, () => newUser())
    let creations = 0
    const onRequest = (message: unknown) => {
      if ((message as { apiKey: number }).apiKey === 19) creations += 1
    }
    subscribe('tracing:plt:kafka:connections:api:start', onRequest)
    await Promise.all(users.map((user) => queue.createMailbox(user)))
    unsubscribe('tracing:plt:kafka:connections:api:start', onRequest)
    expect(creations).toBeLessThanOrEqual(2)
    const count = await produceRequests(() =>
      Promise.all(users.map((user) => queue.enqueue(user, record('first')))),
    )
    expect(count).toBe(1)
  })

  test('refuses what is beyond 64 MiB of waiting messages at once, and loses nothing that it acknowledged', async () => {
    const users = await newMailboxes(4)
    const text = 'w'.repeat(192 * 1024)
    const acknowledged = new Set<string>()
    let refusedAtOnce = 0
    const calls = Array.from({ length: 420 }, async (_, index) => {
      const each = record(text)
      try {
        await queue.enqueue(users[index % 4] ?? newUser(), each)
        acknowledged.add(each.id)
      } catch (error) {
        expect(error).toMatchObject({ code: 'queue_unavailable', retryAfterS: 2 })
        if (/faster/.test(String(error))) refusedAtOnce += 1
      }
    })
    await Promise.all(calls)
    // 64 MiB hold 341 of them.
    expect(refusedAtOnce).toBe(420 - 341)
    expect(acknowledged.size).toBeGreaterThan(0)
    for (const user of users) {
      for (const { id } of await readAll(queue, user, { limit: 20 })) acknowledged.delete(id)
    }
    expect(acknowledged.size).toBe(0)
  })
})
