import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { newUser, now, sharedDatabase } from './kit.ts'

export function contactRules(open: OpenDatabase): void {
  describe('contacts and blocks', () => {
    const shared = sharedDatabase(open)

    test('make an exchange a pair for both sides', async () => {
      const [a, b, c] = [newUser(), newUser(), newUser()]
      await shared.users(a, b, c)
      const { contacts } = shared.database
      await contacts.touch(a, b, now)
      await contacts.touch(c, a, now)
      expect(await contacts.list(a, now)).toEqual([b, c].toSorted())
      expect(await contacts.list(b, now)).toEqual([a])
      expect(await contacts.list(c, now)).toEqual([a])
    })

    test('leave out exchanges before the given time, and never age by an older one', async () => {
      const [a, b] = [newUser(), newUser()]
      await shared.users(a, b)
      const { contacts } = shared.database
      await contacts.touch(a, b, now)
      expect(await contacts.list(a, now)).toEqual([b])
      expect(await contacts.list(a, now + 1)).toEqual([])
      await contacts.touch(b, a, now + 10)
      await contacts.touch(a, b, now - 10)
      expect(await contacts.list(a, now + 10)).toEqual([b])
      expect(await contacts.list(b, now + 10)).toEqual([a])
    })

    test('hold once however many exchanges run at the same time', async () => {
      const [a, b] = [newUser(), newUser()]
      await shared.users(a, b)
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          index % 2
            ? shared.database.contacts.touch(a, b, now + index)
            : shared.database.contacts.touch(b, a, now + index),
        ),
      )
      expect(await shared.database.contacts.list(a, now + 19)).toEqual([b])
      expect(await shared.database.contacts.list(b, now + 19)).toEqual([a])
    })

    test('block in one direction, once, until removed', async () => {
      const [a, b, c] = [newUser(), newUser(), newUser()]
      await shared.users(a, b, c)
      const { blocks } = shared.database
      await Promise.all([blocks.add(a, b), blocks.add(a, b), blocks.add(a, c)])
      expect(await blocks.list(a)).toEqual([b, c].toSorted())
      expect(await blocks.list(b)).toEqual([])
      await blocks.remove(a, b)
      await blocks.remove(a, b)
      expect(await blocks.list(a)).toEqual([c])
    })
  })
}
