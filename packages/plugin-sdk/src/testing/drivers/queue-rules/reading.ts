import type { QueueRecord, UserName } from '@secure-chat/protocol'
import type { OpenQueue } from '../queue-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { newUser, readAll, record } from './kit.ts'
import { sharedQueue } from './shared-queue.ts'

const hostileTexts = [
  '',
  ' ',
  '"\\\'`',
  '\u2028\u2029\u0085\u200b\u202e\u{10ffff}\ufffe',
  '\ud800 alone',
  'zażółć 日本語 👩‍👩‍👧‍👦 e\u0301',
  '{"__proto__":{"isAdmin":true}}',
  "'); DROP TABLE message; --",
  '\r\n\t\u0001\u001b[31m',
  'x'.repeat(192 * 1024),
  '日'.repeat(64 * 1024),
]

export function readingRules(open: OpenQueue): void {
  describe('reading', () => {
    const shared = sharedQueue(open)

    test('finds a new mailbox empty, with a cursor to go on from', async () => {
      const user = newUser()
      await shared.queue.createMailbox(user)
      const first = await shared.queue.read(user, { limit: 10 })
      expect(first.items).toEqual([])
      expect(first.more).toBe(false)
      await shared.queue.enqueue(user, record('one'))
      const second = await shared.queue.read(user, { limit: 10, after: first.next })
      expect(second.items.map((item) => item.record.message)).toEqual(['one'])
    })

    test('gives records back exactly as they came, in their order', async () => {
      const user = newUser()
      const records = hostileTexts.map((text, index) =>
        record(
          text,
          index % 2 ? { type: 'x-note', meta: { [`k${index}`]: text.slice(0, 40) } } : {},
        ),
      )
      for (const each of records) await shared.queue.enqueue(user, each)
      expect(await readAll(shared.queue, user)).toEqual(records)
    })

    test('keeps odd names apart', async () => {
      const stem = newUser()
      const users = ['', '-', '_', '--', '-_', '_-', '0', '-a', '_a'].map(
        (end) => `${stem}${end}` as UserName,
      )
      await Promise.all(users.map((user) => shared.queue.enqueue(user, record(user))))
      for (const user of users) {
        expect((await readAll(shared.queue, user)).map((each) => each.message)).toEqual([user])
      }
    })

    test('consumes nothing', async () => {
      const user = newUser()
      const records = [record('a'), record('b')]
      for (const each of records) await shared.queue.enqueue(user, each)
      expect(await readAll(shared.queue, user)).toEqual(records)
      expect(await readAll(shared.queue, user)).toEqual(records)
    })

    test('shows what was acknowledged to the very next read', async () => {
      const user = newUser()
      for (let count = 1; count <= 20; count += 1) {
        await shared.queue.enqueue(user, record(String(count)))
        expect(await readAll(shared.queue, user)).toHaveLength(count)
      }
    })

    test.each([1, 2, 7, 100])('gives everything once in pages of %i', async (limit) => {
      const user = newUser()
      const records = Array.from({ length: 15 }, (_, index) => record(String(index)))
      await Promise.all(records.map((each) => shared.queue.enqueue(user, each)))
      expect(await readAll(shared.queue, user, { limit })).toEqual(records)
    })

    test('says that more waits exactly while more waits', async () => {
      const user = newUser()
      for (const text of ['a', 'b', 'c', 'd']) await shared.queue.enqueue(user, record(text))
      const first = await shared.queue.read(user, { limit: 2 })
      expect(first.more).toBe(true)
      const second = await shared.queue.read(user, { limit: 2, after: first.next })
      expect(second.items.map((item) => item.record.message)).toEqual(['c', 'd'])
      expect(second.more).toBe(false)
    })

    test('bounds a page by bytes, but never to nothing', async () => {
      const user = newUser()
      const size = 10_000
      for (let count = 0; count < 10; count += 1) {
        await shared.queue.enqueue(user, record('y'.repeat(size)))
      }
      const tiny = await shared.queue.read(user, { limit: 10, maxBytes: 1 })
      expect(tiny.items).toHaveLength(1)
      expect(tiny.more).toBe(true)
      const some = await shared.queue.read(user, { limit: 10, maxBytes: 3.5 * size })
      expect(some.items.length).toBeGreaterThanOrEqual(2)
      expect(some.items.length).toBeLessThanOrEqual(4)
    })

    test('keeps the order of calls within each mailbox while many write at once', async () => {
      const users = Array.from({ length: 20 }, () => newUser())
      const sent = new Map<UserName, QueueRecord[]>(users.map((user) => [user, []]))
      const writes: Promise<void>[] = []
      for (let round = 0; round < 25; round += 1) {
        for (const [user, records] of sent) {
          const each = record(`${user} ${round}`)
          records.push(each)
          writes.push(shared.queue.enqueue(user, each))
        }
        if (round % 5 === 0) await writes.at(-1)
      }
      await Promise.all(writes)
      for (const [user, records] of sent) {
        expect(await readAll(shared.queue, user, { limit: 10 })).toEqual(records)
      }
    })

    test('keeps a set for several mailboxes, in the order of the set', async () => {
      const [a, b] = [newUser(), newUser()]
      const records = [record('1'), record('2'), record('3')] as const
      await shared.queue.enqueueAll([
        { user: a, record: records[0] },
        { user: b, record: records[0] },
        { user: a, record: records[1] },
        { user: a, record: records[2] },
      ])
      expect(await readAll(shared.queue, a)).toEqual(records)
      expect(await readAll(shared.queue, b)).toEqual([records[0]])
    })

    test('takes an empty set', async () => {
      await expect(shared.queue.enqueueAll([])).resolves.toBeUndefined()
    })

    test('keeps a mailbox that is made again', async () => {
      const user = newUser()
      await Promise.all([shared.queue.createMailbox(user), shared.queue.createMailbox(user)])
      await shared.queue.enqueue(user, record('kept'))
      await shared.queue.createMailbox(user)
      expect(await readAll(shared.queue, user)).toHaveLength(1)
    })

    test('removes a mailbox and no other', async () => {
      const [gone, kept] = [newUser(), newUser()]
      await shared.queue.enqueueAll([
        { user: gone, record: record('gone') },
        { user: kept, record: record('kept') },
      ])
      await shared.queue.removeMailbox(gone)
      expect(await readAll(shared.queue, kept)).toHaveLength(1)
      await shared.queue.createMailbox(gone)
      expect(await readAll(shared.queue, gone)).toEqual([])
    })

    test('removes a mailbox that never was', async () => {
      await expect(shared.queue.removeMailbox(newUser())).resolves.toBeUndefined()
    })

    test('answers a check while the engine runs', async () => {
      await expect(shared.queue.check()).resolves.toBeUndefined()
    })
  })
}
