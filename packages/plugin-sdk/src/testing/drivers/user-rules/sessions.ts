import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { newUser, now, session, sharedDatabase } from './kit.ts'

export function sessionRules(open: OpenDatabase): void {
  describe('sessions', () => {
    const shared = sharedDatabase(open)

    test('are found as they were made', async () => {
      const made = session(newUser())
      await shared.database.sessions.create(made)
      expect(await shared.database.sessions.find(made.sidHash)).toEqual(made)
      expect(await shared.database.sessions.find(session(made.user).sidHash)).toBeUndefined()
    })

    test('of a user are listed newest first, without the expired and without those of others', async () => {
      const user = newUser()
      const [old, young, expired, other] = [
        session(user, { createdAt: now - 5 }),
        session(user, { createdAt: now - 1 }),
        session(user, { expiresAt: now }),
        session(newUser()),
      ]
      for (const each of [young, expired, other, old]) await shared.database.sessions.create(each)
      expect(await shared.database.sessions.listByUser(user, now)).toEqual([young, old])
    })

    test('are removed once, and the answer names those that were there', async () => {
      const user = newUser()
      const [a, b, c] = [session(user), session(user), session(user)]
      for (const each of [a, b, c]) await shared.database.sessions.create(each)
      const unknown = session(user).sidHash
      const removed = await shared.database.sessions.remove([a.sidHash, unknown, b.sidHash], now)
      expect(removed.toSorted()).toEqual([a.sidHash, b.sidHash].toSorted())
      expect(await shared.database.sessions.find(a.sidHash)).toBeUndefined()
      expect(await shared.database.sessions.find(c.sidHash)).toEqual(c)
      expect(await shared.database.sessions.remove([a.sidHash], now)).toEqual([])
      expect(await shared.database.sessions.remove([], now)).toEqual([])
    })

    test('of a user are removed all, or all but one', async () => {
      const [user, other] = [newUser(), newUser()]
      const mine = [session(user), session(user), session(user, { expiresAt: now - 1 })]
      const theirs = session(other)
      for (const each of [...mine, theirs]) await shared.database.sessions.create(each)
      const [kept, ...ended] = mine.map((each) => each.sidHash) as [string, string, string]
      const { sessions } = shared.database
      const first = await sessions.removeByUser(user, { except: kept, now })
      expect(first.toSorted()).toEqual(ended.toSorted())
      expect(await sessions.removeByUser(user, { now })).toEqual([kept])
      expect(await sessions.listByUser(user, now)).toEqual([])
      expect(await sessions.listByUser(other, now)).toEqual([theirs])
    })

    test('removed are told to whoever asks since an earlier mark', async () => {
      const { sessions } = shared.database
      const made = [session(newUser()), session(newUser()), session(newUser())]
      for (const each of made) await sessions.create(each)
      const [a, b, c] = made.map((each) => each.sidHash) as [string, string, string]
      const at = Date.now()
      await sessions.remove([a], at)
      const start = await sessions.revokedSince(undefined)
      expect(start.sidHashes).toEqual([])
      await sessions.remove([b], at)
      await sessions.removeByUser(made[2]?.user ?? newUser(), { now: at })
      const told = await sessions.revokedSince(start.mark)
      expect(told.sidHashes).toEqual(expect.arrayContaining([b, c]))
      expect(told.missed).toBe(false)
      // An engine may tell a removal again; it must not forget one.
      const later = await sessions.revokedSince(told.mark)
      expect(later.missed).toBe(false)
      await sessions.create(session(newUser()))
      expect((await sessions.revokedSince(start.mark)).sidHashes).toEqual(
        expect.arrayContaining([b, c]),
      )
    })

    test('are touched: later times are kept, earlier ones and unknown sessions change nothing', async () => {
      const { sessions } = shared.database
      const [a, b] = [session(newUser()), session(newUser())]
      await sessions.create(a)
      await sessions.create(b)
      await sessions.touch([
        { sidHash: a.sidHash, lastUsedAt: now + 10, expiresAt: now + 2000 },
        { sidHash: session(newUser()).sidHash, lastUsedAt: now, expiresAt: now },
      ])
      const touched = { ...a, lastUsedAt: now + 10, expiresAt: now + 2000 }
      expect(await sessions.find(a.sidHash)).toEqual(touched)
      expect(await sessions.find(b.sidHash)).toEqual(b)
      await sessions.touch([{ sidHash: a.sidHash, lastUsedAt: now + 5, expiresAt: now + 1000 }])
      expect(await sessions.find(a.sidHash)).toEqual(touched)
      await sessions.touch([])
    })

    test('removed stay removed when a late touch arrives', async () => {
      const { sessions } = shared.database
      const made = session(newUser())
      await sessions.create(made)
      await sessions.remove([made.sidHash], now)
      await sessions.touch([{ sidHash: made.sidHash, lastUsedAt: now + 1, expiresAt: now + 9000 }])
      expect(await sessions.find(made.sidHash)).toBeUndefined()
    })

    test('that expired are removed, the others stay', async () => {
      const { sessions } = shared.database
      const user = newUser()
      const early = now - 100_000
      const expired = Array.from({ length: 3 }, () => session(user, { expiresAt: early }))
      const alive = session(user, { expiresAt: early + 1 })
      for (const each of [...expired, alive]) await sessions.create(each)
      expect(await sessions.removeExpired(early)).toBe(3)
      expect(await sessions.listByUser(user, 0)).toEqual([alive])
      expect(await sessions.removeExpired(early)).toBe(0)
    })
  })
}
