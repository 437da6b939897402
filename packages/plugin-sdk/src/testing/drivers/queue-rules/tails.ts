import type { UserName } from '@secure-chat/protocol'
import type { OpenQueue } from '../queue-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { codeIn, type Follower, follow, newUser, readAll, record } from './kit.ts'
import { sharedQueue } from './shared-queue.ts'

export function tailRules(open: OpenQueue): void {
  describe('tails', () => {
    const shared = sharedQueue(open)

    async function fill(user: UserName, texts: readonly string[]): Promise<void> {
      await Promise.all(texts.map((text) => shared.queue.enqueue(user, record(text))))
    }

    /** A tail that is known to be live: it has delivered a first record. */
    async function liveTail(user: UserName): Promise<Follower> {
      const follower = follow(shared.queue, user, await shared.queue.end(user))
      await shared.queue.enqueue(user, record('live'))
      await follower.got(1)
      return follower
    }

    test('deliver only what comes when they begin at the end', async () => {
      const user = newUser()
      await fill(user, ['old'])
      const follower = follow(shared.queue, user, await shared.queue.end(user))
      await fill(user, ['new', 'newer'])
      await follower.got(2)
      expect(follower.messages()).toEqual(['new', 'newer'])
      follower.tail.close()
    })

    test('deliver the backlog, then what comes, each once and in order, while others write', async () => {
      const user = newUser()
      const texts = Array.from({ length: 600 }, (_, index) => String(index))
      await shared.queue.createMailbox(user)
      const start = await shared.queue.end(user)
      await fill(user, texts.slice(0, 300))
      const early = follow(shared.queue, user, start)
      for (let at = 300; at < 600; at += 20) await fill(user, texts.slice(at, at + 20))
      const late = follow(shared.queue, user, start)
      await fill(user, ['the end'])
      await Promise.all([early.got(601), late.got(601)])
      expect(early.messages()).toEqual([...texts, 'the end'])
      expect(late.messages()).toEqual([...texts, 'the end'])
      early.tail.close()
      late.tail.close()
    })

    test('give the same items as reading', async () => {
      const user = newUser()
      await fill(user, ['zero'])
      const follower = follow(shared.queue, user, await shared.queue.end(user))
      await shared.queue.enqueue(user, record('one', { meta: { a: 'b' } }))
      await fill(user, ['two', 'x'.repeat(192 * 1024)])
      await follower.got(3)
      follower.tail.close()
      const page = await shared.queue.read(user, { limit: 10 })
      expect(follower.items).toEqual(page.items.slice(1))
    })

    test('let a reader go on from any of their items', async () => {
      const user = newUser()
      const follower = await liveTail(user)
      await fill(user, ['a', 'b', 'c'])
      await follower.got(4)
      follower.tail.close()
      const rest = await readAll(shared.queue, user, { after: follower.items[1]?.cursor ?? fail() })
      expect(rest.map((each) => each.message)).toEqual(['b', 'c'])
    })

    test('of 100 users get their own only', async () => {
      const users = Array.from({ length: 100 }, () => newUser())
      await Promise.all(users.map((user) => shared.queue.createMailbox(user)))
      const followers = await Promise.all(
        users.map(async (user) => follow(shared.queue, user, await shared.queue.end(user))),
      )
      for (const text of ['1', '2', '3']) {
        await Promise.all(
          users.map((user) => shared.queue.enqueue(user, record(`${user} ${text}`))),
        )
      }
      await Promise.all(followers.map((follower) => follower.got(3)))
      for (const [index, follower] of followers.entries()) {
        expect(follower.messages()).toEqual(
          ['1', '2', '3'].map((text) => `${users[index]} ${text}`),
        )
        follower.tail.close()
      }
    })

    test('stop at once when closed from inside the sink', async () => {
      const user = newUser()
      await shared.queue.createMailbox(user)
      const start = await shared.queue.end(user)
      await fill(user, ['a', 'b', 'c', 'd'])
      const closing = follow(shared.queue, user, start, (item, { tail }) => {
        if (item.record.message === 'b') tail.close()
      })
      const witness = follow(shared.queue, user, start)
      await fill(user, ['e'])
      await Promise.all([closing.got(2), witness.got(5)])
      expect(closing.messages()).toEqual(['a', 'b'])
      witness.tail.close()
    })

    test('stop at once when another sink closes them', async () => {
      const user = newUser()
      const [first, second] = [await liveTail(user), await liveTail(user)]
      await first.got(2)
      const closer = follow(shared.queue, user, await shared.queue.end(user), ({ record }) => {
        if (record.message === 'live') return
        first.tail.close()
        second.tail.close()
      })
      await fill(user, ['live'])
      await Promise.all([closer.got(1), first.got(3), second.got(2)])
      const before = [first.items.length, second.items.length]
      await fill(user, ['1', '2', '3'])
      await closer.got(4)
      // Whether a tail hears of the record at which it was closed depends on whose turn came first.
      expect(first.items.length - (before[0] ?? 0)).toBeLessThanOrEqual(1)
      expect(second.items.length - (before[1] ?? 0)).toBeLessThanOrEqual(1)
      closer.tail.close()
    })

    test('may write to their own mailbox from inside the sink', async () => {
      const user = newUser()
      await shared.queue.createMailbox(user)
      const writes: Promise<void>[] = []
      const follower = follow(shared.queue, user, await shared.queue.end(user), (item) => {
        const count = Number(item.record.message)
        if (count < 5) writes.push(shared.queue.enqueue(user, record(String(count + 1))))
      })
      await shared.queue.enqueue(user, record('0'))
      await follower.got(6)
      await Promise.all(writes)
      expect(follower.messages()).toEqual(['0', '1', '2', '3', '4', '5'])
      follower.tail.close()
    })

    test('of a sink that throws end alone, and the write is kept', async () => {
      const user = newUser()
      const witness = await liveTail(user)
      const broken = follow(shared.queue, user, await shared.queue.end(user), () => {
        throw new Error('sink broke')
      })
      await shared.queue.enqueue(user, record('kept'))
      await shared.queue.enqueue(user, record('also kept'))
      await witness.got(3)
      const last = await broken.ended
      expect(last.kind === 'error' && last.error).toMatchObject({ message: 'sink broke' })
      expect(broken.messages()).toEqual(['kept'])
      expect(witness.messages()).toEqual(['live', 'kept', 'also kept'])
      witness.tail.close()
    })

    test('hold back while paused and then go on without a gap or a repeat', async () => {
      const user = newUser()
      const [paused, witness] = [await liveTail(user), await liveTail(user)]
      await paused.got(2)
      paused.tail.pause()
      paused.tail.pause()
      const texts = Array.from({ length: 200 }, (_, index) => String(index))
      await fill(user, texts)
      await witness.got(201)
      expect(paused.messages()).toEqual(['live', 'live'])
      paused.tail.resume()
      paused.tail.resume()
      await fill(user, ['after'])
      await paused.got(203)
      expect(paused.messages()).toEqual(['live', 'live', ...texts, 'after'])
      paused.tail.close()
      witness.tail.close()
    })

    test('can be paused at every item of a backlog', async () => {
      const user = newUser()
      await shared.queue.createMailbox(user)
      const start = await shared.queue.end(user)
      const texts = Array.from({ length: 30 }, (_, index) => String(index))
      await fill(user, texts)
      let allowed = 0
      const follower = follow(shared.queue, user, start, (_item, { tail }) => {
        allowed -= 1
        if (allowed < 0) throw new Error('delivered while paused')
        tail.pause()
        setImmediate(() => {
          allowed = 1
          tail.resume()
        })
      })
      allowed = 1
      await follower.got(30)
      expect(follower.messages()).toEqual(texts)
      follower.tail.close()
    })

    test('end with no_such_user when their mailbox is removed', async () => {
      const user = newUser()
      const follower = await liveTail(user)
      const paused = await liveTail(user)
      paused.tail.pause()
      await shared.queue.removeMailbox(user)
      for (const each of [follower, paused]) {
        const last = await each.ended
        expect(last.kind === 'error' && codeIn(last.error)).toBe('no_such_user')
      }
    })

    test('may be closed twice and after their end', async () => {
      const user = newUser()
      const follower = await liveTail(user)
      await shared.queue.removeMailbox(user)
      await follower.ended
      follower.tail.close()
      follower.tail.close()
      follower.tail.pause()
      follower.tail.resume()
      expect(follower.messages()).toEqual(['live'])
    })
  })
}

function fail(): never {
  throw new Error('An item was expected.')
}
