import { type Cursor, parseCursor } from '@secure-chat/protocol'
import type { OpenQueue } from '../queue-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { codeIn, codeOf, follow, newUser, readAll, record } from './kit.ts'
import { sharedQueue } from './shared-queue.ts'

const garbage = ['', '0', '-1', 'null', '../../x', 'AAAA', 'A'.repeat(200), '%00', '🙂', "' OR 1=1"]

export function cursorRules(open: OpenQueue): void {
  describe('cursors', () => {
    const shared = sharedQueue(open)

    test('point just behind their record', async () => {
      const user = newUser()
      const texts = ['a', 'b', 'c', 'd']
      for (const text of texts) await shared.queue.enqueue(user, record(text))
      const page = await shared.queue.read(user, { limit: 10 })
      for (const [index, item] of page.items.entries()) {
        const rest = await readAll(shared.queue, user, { after: item.cursor })
        expect(rest.map((each) => each.message)).toEqual(texts.slice(index + 1))
      }
      expect(page.next).toBe(page.items.at(-1)?.cursor)
    })

    test('stay where they were on an empty page', async () => {
      const user = newUser()
      await shared.queue.enqueue(user, record('seen'))
      const { next } = await shared.queue.read(user, { limit: 10 })
      const empty = await shared.queue.read(user, { limit: 10, after: next })
      expect(empty).toEqual({ items: [], next, more: false })
    })

    test('of the end leave out what is there and lead to what comes', async () => {
      const user = newUser()
      await shared.queue.enqueue(user, record('before'))
      const end = await shared.queue.end(user)
      await shared.queue.enqueue(user, record('behind'))
      const found = await readAll(shared.queue, user, { after: end })
      expect(found.map((each) => each.message)).toEqual(['behind'])
    })

    test('of an empty mailbox lead to its first record', async () => {
      const user = newUser()
      await shared.queue.createMailbox(user)
      const end = await shared.queue.end(user)
      await shared.queue.enqueue(user, record('first'))
      expect(await readAll(shared.queue, user, { after: end })).toHaveLength(1)
    })

    test('fit into a query and an event id', async () => {
      const user = newUser()
      await shared.queue.enqueue(user, record('x'))
      const { items, next } = await shared.queue.read(user, { limit: 1 })
      for (const cursor of [next, items[0]?.cursor, await shared.queue.end(user)]) {
        expect(parseCursor(cursor)).toBe(cursor)
      }
    })

    test.each(garbage)('refuse garbage: %j', async (text) => {
      const user = newUser()
      await shared.queue.enqueue(user, record('x'))
      const cursor = text as Cursor
      expect(await codeOf(shared.queue.read(user, { limit: 1, after: cursor }))).toBe('bad_cursor')
      const last = await follow(shared.queue, user, cursor).ended
      expect(last.kind === 'error' && codeIn(last.error)).toBe('bad_cursor')
    })

    test('refuse those of another mailbox', async () => {
      const [mine, other] = [newUser(), newUser()]
      for (const user of [mine, other]) {
        await shared.queue.enqueueAll([
          { user, record: record('1') },
          { user, record: record('2') },
        ])
      }
      const page = await shared.queue.read(other, { limit: 1 })
      const stolen = [page.next, await shared.queue.end(other)]
      for (const after of stolen) {
        expect(await codeOf(shared.queue.read(mine, { limit: 1, after }))).toBe('bad_cursor')
        const last = await follow(shared.queue, mine, after).ended
        expect(last.kind === 'error' && codeIn(last.error)).toBe('bad_cursor')
      }
    })
  })
}
