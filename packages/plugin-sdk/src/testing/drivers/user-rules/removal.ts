import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { account, newFingerprint, newUser, now, session, sharedDatabase } from './kit.ts'

export function removalRules(open: OpenDatabase): void {
  describe('removal of a user', () => {
    const shared = sharedDatabase(open)

    test('leaves the name taken and nothing else, and touches nobody else', async () => {
      const made = account(newUser())
      const other = newUser()
      const { users, presence, contacts, blocks, sessions } = shared.database
      await users.create(made)
      await shared.users(other)
      const { name } = made
      await users.changeKey(name, {
        expectedSeq: 0,
        publicKey: 'new',
        fingerprint: newFingerprint(),
        at: now,
        proof: null,
      })
      await presence.set(name, { state: 'online', text: 'hi', at: now })
      await presence.seen([{ name: other, at: now }])
      await contacts.touch(name, other, now)
      await blocks.add(name, other)
      await blocks.add(other, name)
      const theirs = session(other)
      await sessions.create(theirs)

      await users.remove(name)

      expect(await users.find(name)).toBeUndefined()
      expect(await users.keyChanges(name, 20)).toEqual([])
      expect(await users.hadKey(name, made.fingerprint)).toBe(false)
      expect(await users.list({ prefix: name, limit: 9 })).toEqual([])
      expect(await users.list({ prefix: name, limit: 9, seenSince: 0 })).toEqual([])
      expect(await presence.find([name])).toEqual([])
      expect(await contacts.list(name, 0)).toEqual([])
      expect(await contacts.list(other, 0)).toEqual([])
      expect(await blocks.list(name)).toEqual([])
      expect(await blocks.list(other)).toEqual([])
      expect(await users.create(account(name))).toBe('taken')
      expect(await users.find(name)).toBeUndefined()

      expect(await users.find(other)).toMatchObject({ name: other })
      expect(await presence.find([other])).toHaveLength(1)
      expect(await sessions.find(theirs.sidHash)).toEqual(theirs)
    })

    test('twice, or of a name that never was, is harmless', async () => {
      const name = newUser()
      await shared.users(name)
      await shared.database.users.remove(name)
      await shared.database.users.remove(name)
      const never = newUser()
      await shared.database.users.remove(never)
      expect(await shared.database.users.create(account(never))).toBe('created')
    })
  })
}
