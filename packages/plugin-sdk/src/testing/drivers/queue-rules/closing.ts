import type { OpenQueue } from '../queue-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { codeIn, codeOf, expireAll, follow, newUser, readAll, record } from './kit.ts'

export function closingRules(open: OpenQueue): void {
  describe('closing', () => {
    test('refuses every call afterwards, and closing again is harmless', async () => {
      const { queue, close } = await open()
      const user = newUser()
      await queue.enqueue(user, record('x'))
      const end = await queue.end(user)
      await queue.close()
      await queue.close()
      const calls = [
        queue.createMailbox(user),
        queue.removeMailbox(user),
        queue.enqueue(user, record('y')),
        queue.enqueueAll([{ user, record: record('z') }]),
        queue.read(user, { limit: 1 }),
        queue.end(user),
        queue.check(),
      ]
      for (const call of calls) expect(await codeOf(call)).toBe('queue_unavailable')
      const last = await follow(queue, user, end).ended
      expect(last.kind === 'error' && codeIn(last.error)).toBe('queue_unavailable')
      await close()
    })

    test('ends every tail with queue_unavailable', async () => {
      const { queue, close } = await open()
      const user = newUser()
      await queue.createMailbox(user)
      const followers = [
        follow(queue, user, await queue.end(user)),
        follow(queue, user, await queue.end(user)),
      ]
      followers[1]?.tail.pause()
      await queue.enqueue(user, record('x'))
      await followers[0]?.got(1)
      await queue.close()
      for (const follower of followers) {
        const last = await follower.ended
        expect(last.kind === 'error' && codeIn(last.error)).toBe('queue_unavailable')
      }
      await close()
    })

    test('may be asked for from inside a sink', async () => {
      const { queue, close } = await open()
      const user = newUser()
      await queue.createMailbox(user)
      let closing: Promise<void> | undefined
      const follower = follow(queue, user, await queue.end(user), () => {
        closing ??= queue.close()
      })
      const writes = ['a', 'b', 'c'].map((text) => queue.enqueue(user, record(text)))
      await follower.ended
      await Promise.allSettled(writes)
      await closing
      expect(['a', 'b', 'c'].slice(0, follower.items.length)).toEqual(follower.messages())
      await close()
    })

    test('keeps what it accepted before', async () => {
      const { queue, reopen, close } = await open()
      if (!queue.supports.durability || !reopen) return close()
      const user = newUser()
      const writes = Array.from({ length: 700 }, (_, index) =>
        queue.enqueue(user, record(String(index))).then(() => String(index)),
      )
      await queue.close()
      const outcomes = await Promise.allSettled(writes)
      const kept = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      const found = (await readAll(await reopen(), user)).map((each) => each.message)
      expect(found).toEqual(kept)
      expect(kept).toHaveLength(700)
      return close()
    })

    test('loses no record, place or order over a restart', async () => {
      const { queue, reopen, close } = await open()
      if (!queue.supports.durability || !reopen) return close()
      const user = newUser()
      const records = ['a', 'b', 'c'].map((text) => record(text, { meta: { text } }))
      for (const each of records) await queue.enqueue(user, each)
      const page = await queue.read(user, { limit: 2 })
      const end = await queue.end(user)

      const again = await reopen()
      expect(await readAll(again, user)).toEqual(records)
      expect(await readAll(again, user, { after: page.next })).toEqual(records.slice(2))
      expect(await again.end(user)).toBe(end)
      await again.enqueue(user, record('d'))
      const rest = await readAll(again, user, { after: end })
      expect(rest.map((each) => each.message)).toEqual(['d'])
      return close()
    })

    test('never gives out a place twice, even when retention emptied the mailbox before a restart', async () => {
      const { queue, reopen, close } = await open()
      if (!queue.supports.durability || !queue.supports.expiry || !reopen) return close()
      const user = newUser()
      await queue.enqueue(user, record('old'))
      const { items } = await queue.read(user, { limit: 1 })
      await expireAll(queue, { before: 0, maxBytes: 0 })
      const again = await reopen()
      await again.enqueue(user, record('new'))
      const found = await again.read(user, { limit: 9, after: items[0]?.cursor ?? fail() })
      expect(found.items.map((item) => item.record.message)).toEqual(['new'])
      expect(found.items[0]?.cursor).not.toBe(items[0]?.cursor)
      return close()
    })
  })
}

function fail(): never {
  throw new Error('An item was expected.')
}
