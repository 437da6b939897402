import type { OpenQueue } from '../queue-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { expireAll, follow, newUser, readAll, record } from './kit.ts'
import { sharedQueue } from './shared-queue.ts'

const unlimited = Number.MAX_SAFE_INTEGER

/** Where the engine removes by its own settings, `expire` must be a harmless no-op. */
export function expiryRules(open: OpenQueue): void {
  describe('retention', () => {
    const shared = sharedQueue(open)

    test('removes nothing that is young and small', async () => {
      const user = newUser()
      await shared.queue.enqueue(user, record('kept'))
      await expireAll(shared.queue, { before: 0, maxBytes: unlimited })
      expect(await readAll(shared.queue, user)).toHaveLength(1)
    })

    test('removes the oldest beyond the size of a mailbox, and no smaller mailbox', async () => {
      const [large, small] = [newUser(), newUser()]
      for (let count = 0; count < 10; count += 1) {
        await shared.queue.enqueue(large, record(`${count}${'z'.repeat(20_000)}`))
      }
      await shared.queue.enqueue(small, record('small'))
      const removed = await expireAll(shared.queue, { before: 0, maxBytes: 70_000 })
      const kept = (await readAll(shared.queue, large)).map((each) => each.message[0])
      if (!shared.queue.supports.expiry) {
        expect([removed, kept.length]).toEqual([0, 10])
        return
      }
      expect(removed).toBeGreaterThanOrEqual(7)
      expect(kept).toEqual(['7', '8', '9'])
      expect(await readAll(shared.queue, small)).toHaveLength(1)
    })

    test('removes what is older than the given time and keeps the rest', async () => {
      const user = newUser()
      await shared.queue.enqueue(user, record('old'))
      await shared.clock.advance(20)
      const before = shared.clock.now()
      await shared.clock.advance(20)
      await shared.queue.enqueue(user, record('young'))
      await expireAll(shared.queue, { before, maxBytes: unlimited })
      const kept = (await readAll(shared.queue, user)).map((each) => each.message)
      expect(kept).toEqual(shared.queue.supports.expiry ? ['young'] : ['old', 'young'])
    })

    test('expires the cursors before the removed, and says where to go on', async () => {
      if (!shared.queue.supports.expiry) return
      const user = newUser()
      await shared.queue.createMailbox(user)
      const start = await shared.queue.end(user)
      for (const text of ['1', '2', '3']) {
        await shared.queue.enqueue(user, record(text + 'z'.repeat(10_000)))
      }
      const { items } = await shared.queue.read(user, { limit: 3 })
      await expireAll(shared.queue, { before: 0, maxBytes: 15_000 })
      expect(await readAll(shared.queue, user)).toHaveLength(1)

      for (const after of [start, items[0]?.cursor ?? start]) {
        const read = shared.queue.read(user, { limit: 3, after })
        const error = await read.catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ code: 'cursor_expired' })
        const { resume } = (error as { members: { resume: typeof after } }).members
        expect(await readAll(shared.queue, user, { after: resume })).toHaveLength(1)
        expect(await follow(shared.queue, user, after).ended).toEqual({ kind: 'expired', resume })
      }
      // Nothing between the second record and the third was lost.
      expect(await readAll(shared.queue, user, { after: items[1]?.cursor ?? start })).toHaveLength(
        1,
      )
    })

    test('ends a paused tail that it overtakes, and leaves a live one alone', async () => {
      if (!shared.queue.supports.expiry) return
      const user = newUser()
      await shared.queue.createMailbox(user)
      const start = await shared.queue.end(user)
      const [paused, live] = [follow(shared.queue, user, start), follow(shared.queue, user, start)]
      await shared.queue.enqueue(user, record('seen'))
      await Promise.all([paused.got(1), live.got(1)])
      paused.tail.pause()
      await shared.queue.enqueue(user, record('missed'))
      await live.got(2)
      await expireAll(shared.queue, { before: 0, maxBytes: 0 })
      paused.tail.resume()
      expect(await paused.ended).toMatchObject({ kind: 'expired' })
      await shared.queue.enqueue(user, record('after'))
      await live.got(3)
      expect(live.messages()).toEqual(['seen', 'missed', 'after'])
      live.tail.close()
    })

    test('never gives out a place twice, even after it emptied a mailbox', async () => {
      if (!shared.queue.supports.expiry) return
      const user = newUser()
      const seen = new Set<string>()
      let end = await shared.queue.end(user)
      for (let round = 0; round < 3; round += 1) {
        await shared.queue.enqueue(user, record(`round ${round}`))
        const page = await shared.queue.read(user, { limit: 10, after: end })
        expect(page.items.map((item) => item.record.message)).toEqual([`round ${round}`])
        for (const { cursor } of page.items) {
          expect(seen.has(cursor)).toBe(false)
          seen.add(cursor)
        }
        end = page.next
        await expireAll(shared.queue, { before: 0, maxBytes: 0 })
        expect(await readAll(shared.queue, user)).toEqual([])
        expect(await shared.queue.end(user)).toBe(end)
        expect(await shared.queue.read(user, { limit: 1 })).toEqual({
          items: [],
          next: end,
          more: false,
        })
      }
    })

    test('works in bounded steps until nothing is left to do', async () => {
      if (!shared.queue.supports.expiry) return
      const user = newUser()
      await shared.queue.enqueueAll(
        Array.from({ length: 3000 }, (_, index) => ({ user, record: record(String(index)) })),
      )
      const first = await shared.queue.expire({ before: 0, maxBytes: 0 })
      expect(first.more).toBe(true)
      expect(first.removed).toBeLessThan(3000)
      await expireAll(shared.queue, { before: 0, maxBytes: 0 })
      expect(await readAll(shared.queue, user)).toEqual([])
      expect(await shared.queue.expire({ before: 0, maxBytes: 0 })).toEqual({
        removed: 0,
        more: false,
      })
    })

    test('lets writers and readers on between its steps', async () => {
      if (!shared.queue.supports.expiry) return
      const user = newUser()
      await shared.queue.enqueueAll(
        Array.from({ length: 2000 }, (_, index) => ({ user, record: record(String(index)) })),
      )
      const retention = expireAll(shared.queue, { before: 0, maxBytes: 100_000 })
      const texts = Array.from({ length: 50 }, (_, index) => `new ${index}`)
      for (const text of texts) await shared.queue.enqueue(user, record(text))
      await retention
      const kept = (await readAll(shared.queue, user)).map((each) => each.message)
      expect(kept.slice(-50)).toEqual(texts)
    })
  })
}
