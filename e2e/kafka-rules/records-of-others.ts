import { jest } from '@jest/globals'
import type { MessageQueue, UserName } from '@secure-chat/plugin-sdk/server'
import { queueKit } from '@secure-chat/plugin-sdk/testing'
import { CompressionTypes } from 'kafkajs'
import { describeWithServices, sharedKafka } from '../services/index.ts'
import type { OpenQueue } from './open-queue.ts'
import { type Others, othersAt, topicOf } from './others.ts'

const { follow, newUser, readAll, record } = queueKit

const garbage: ReadonlyArray<string | null> = [
  '',
  'no JSON',
  '{"id":',
  '[]',
  'null',
  '42',
  JSON.stringify({ ...record('x'), id: 7 }),
  JSON.stringify({ ...record('x'), timestamp: 'yesterday' }),
  JSON.stringify({ ...record('x'), meta: { a: 1 } }),
  JSON.stringify({ sender: 'mallory', message: 'without the rest' }),
  '\0\u0001\ufffd',
  null,
]

/** Whoever may write to a topic may write anything; readers must get what is a message, and nothing may stop them. */
export function foreignRecordRules(open: OpenQueue): void {
  jest.setTimeout(180_000)

  describeWithServices('records of others in a mailbox', () => {
    let queue: MessageQueue
    let others: Others
    let user: UserName
    let skipped = 0
    const warnings: object[] = []

    beforeAll(async () => {
      const broker = await sharedKafka()
      queue = await open(broker, {
        onSkipped: () => {
          skipped += 1
        },
        onWarning: (fields) => warnings.push(fields),
      })
      others = await othersAt(broker.address)
    })
    afterAll(async () => {
      await queue.close()
      await others.close()
    })
    beforeEach(async () => {
      user = newUser()
      await queue.createMailbox(user)
    })

    const messages = async () => (await readAll(queue, user)).map(({ message }) => message)
    const valid = (text: string) => JSON.stringify(record(text))

    test('are delivered when they are messages, and garbage between them is passed over', async () => {
      await queue.enqueue(user, record('ours'))
      await others.write(user, [...garbage, valid('theirs'), ...garbage])
      await queue.enqueue(user, record('ours again'))
      expect(await messages()).toEqual(['ours', 'theirs', 'ours again'])
    })

    test('reach a live tail in the same way, with cursors that lead on behind the garbage', async () => {
      const follower = follow(queue, user, await queue.end(user))
      await queue.enqueue(user, record('live'))
      await follower.got(1)
      await others.write(user, garbage)
      await others.write(user, [valid('theirs')])
      await follower.got(2)
      expect(follower.messages()).toEqual(['live', 'theirs'])
      const after = follower.items[0]?.cursor
      const page = await queue.read(user, { limit: 10, ...(after && { after }) })
      expect(page.items).toEqual(follower.items.slice(1))
      follower.tail.close()
    })

    test('may be compressed by gzip', async () => {
      const texts = Array.from({ length: 50 }, (_, index) => `${index} ${'zażółć '.repeat(200)}`)
      await others.write(user, texts.map(valid), { compression: CompressionTypes.GZIP })
      await queue.enqueue(user, record('ours'))
      expect(await messages()).toEqual([...texts, 'ours'])
      const { items } = await queue.read(user, { limit: 20 })
      const after = items.at(-1)?.cursor
      const rest = await readAll(queue, user, { limit: 7, ...(after && { after }) })
      expect(rest.map(({ message }) => message)).toEqual([...texts.slice(20), 'ours'])
    })

    test('may come in transactions, whose markers are no messages', async () => {
      await others.writeInTransaction(user, [valid('committed')])
      await queue.enqueue(user, record('ours'))
      expect(await messages()).toEqual(['committed', 'ours'])
      expect((await queue.read(user, { limit: 10 })).more).toBe(false)
    })

    test('that are only garbage make pages without items which lead on', async () => {
      for (let count = 0; count < 8; count += 1) {
        await others.write(
          user,
          Array.from({ length: 40 }, () => 'x'.repeat(20_000)),
        )
      }
      await queue.enqueue(user, record('behind'))
      let page = await queue.read(user, { limit: 5, maxBytes: 1000 })
      const seen = new Set([page.next])
      while (page.more) {
        page = await queue.read(user, { limit: 5, maxBytes: 1000, after: page.next })
        expect(seen.has(page.next)).toBe(false)
        seen.add(page.next)
      }
      expect(page.items.map((item) => item.record.message)).toEqual(['behind'])
    })

    test('are counted once each, and told once for a topic', async () => {
      const before = skipped
      await others.write(user, garbage)
      await readAll(queue, user)
      await readAll(queue, user)
      expect(skipped - before).toBe(garbage.length)
      const told = warnings.filter((fields) => 'user' in fields && fields.user === user)
      expect(told).toHaveLength(1)
    })

    test('keep no members that a message has not', async () => {
      await others.write(user, [JSON.stringify({ ...record('more'), evil: true, __proto__: null })])
      const [found] = await readAll(queue, user)
      expect(Object.keys(found ?? {}).sort()).toEqual([
        'id',
        'message',
        'sender',
        'timestamp',
        'type',
      ])
    })

    test('that retention or somebody removed expire the cursors before them', async () => {
      const start = await queue.end(user)
      for (const text of ['a', 'b', 'c']) await queue.enqueue(user, record(text))
      const paused = follow(queue, user, start)
      paused.tail.pause()
      // So that it knows the leader.
      await others.admin.fetchTopicOffsets(topicOf(user))
      await others.admin.deleteTopicRecords({
        topic: topicOf(user),
        partitions: [{ partition: 0, offset: '2' }],
      })
      const error: unknown = await queue.read(user, { limit: 9, after: start }).catch((e) => e)
      expect(error).toMatchObject({ code: 'cursor_expired' })
      const { resume } = (error as { members: { resume: typeof start } }).members
      const rest = await readAll(queue, user, { after: resume })
      expect(rest.map(({ message }) => message)).toEqual(['c'])
      expect(await messages()).toEqual(['c'])
      paused.tail.resume()
      expect(await paused.ended).toEqual({ kind: 'expired', resume })
    })
  })
}
