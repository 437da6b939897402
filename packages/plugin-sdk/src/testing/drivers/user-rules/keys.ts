import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { account, newFingerprint, newUser, now, sharedDatabase } from './kit.ts'

export function keyRules(open: OpenDatabase): void {
  describe('keys', () => {
    const shared = sharedDatabase(open)

    const change = (expectedSeq: number, more: { at?: number; proof?: unknown } = {}) => ({
      expectedSeq,
      publicKey: `key ${expectedSeq + 1}`,
      fingerprint: newFingerprint(),
      at: now + expectedSeq + 1,
      proof: null,
      ...more,
    })

    test('change together with their number, time and record', async () => {
      const made = account(newUser())
      await shared.database.users.create(made)
      const proof = {
        payload: 'e30',
        signatures: [{ protected: 'a', signature: 'b' }, { header: { ü: [1, null] } }],
      }
      const first = change(0, { proof })
      expect(await shared.database.users.changeKey(made.name, first)).toBe('changed')
      expect(await shared.database.users.find(made.name)).toMatchObject({
        publicKey: first.publicKey,
        fingerprint: first.fingerprint,
        seq: 1,
        changedAt: first.at,
        passwordHash: made.passwordHash,
        createdAt: now,
      })
      expect(await shared.database.users.keyChanges(made.name, 20)).toEqual([
        { seq: 1, oldKey: made.publicKey, newKey: first.publicKey, at: first.at, proof },
      ])
    })

    test('do not change from a number that is not the present one', async () => {
      const made = account(newUser())
      await shared.database.users.create(made)
      expect(await shared.database.users.changeKey(made.name, change(1))).toBe('conflict')
      await shared.database.users.changeKey(made.name, change(0))
      expect(await shared.database.users.changeKey(made.name, change(0))).toBe('conflict')
      expect(await shared.database.users.find(made.name)).toMatchObject({ seq: 1 })
      expect(await shared.database.users.keyChanges(made.name, 20)).toHaveLength(1)
    })

    test('change once when many ask at the same time', async () => {
      const name = newUser()
      await shared.users(name)
      const changes = Array.from({ length: 10 }, (_, index) => ({
        ...change(0),
        publicKey: `key of ${index}`,
      }))
      const answers = await Promise.all(
        changes.map((each) => shared.database.users.changeKey(name, each)),
      )
      expect(answers.filter((answer) => answer === 'changed')).toHaveLength(1)
      const winner = changes[answers.indexOf('changed')]
      expect(await shared.database.users.find(name)).toMatchObject({
        publicKey: winner?.publicKey,
        fingerprint: winner?.fingerprint,
        seq: 1,
      })
      expect(await shared.database.users.keyChanges(name, 20)).toHaveLength(1)
    })

    test('of nobody do not change', async () => {
      const name = newUser()
      expect(await shared.database.users.changeKey(name, change(0))).toBe('conflict')
      expect(await shared.database.users.find(name)).toBeUndefined()
    })

    test('keep a history: the newest changes, oldest of them first', async () => {
      const name = newUser()
      await shared.users(name)
      for (let seq = 0; seq < 25; seq += 1) await shared.database.users.changeKey(name, change(seq))
      const newest = await shared.database.users.keyChanges(name, 20)
      expect(newest.map(({ seq }) => seq)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 6),
      )
      for (const each of newest) {
        expect([each.oldKey, each.newKey]).toEqual([`key ${each.seq - 1}`, `key ${each.seq}`])
      }
      expect(await shared.database.users.keyChanges(newUser(), 20)).toEqual([])
    })

    test('of earlier days are known by their fingerprint, the present one is not one of them', async () => {
      const made = account(newUser())
      const other = newUser()
      await shared.database.users.create(made)
      await shared.users(other)
      const [first, second] = [change(0), change(1)]
      await shared.database.users.changeKey(made.name, first)
      await shared.database.users.changeKey(made.name, second)
      const had = (fingerprint: typeof made.fingerprint) =>
        shared.database.users.hadKey(made.name, fingerprint)
      expect(await had(made.fingerprint)).toBe(true)
      expect(await had(first.fingerprint)).toBe(true)
      expect(await had(second.fingerprint)).toBe(false)
      expect(await had(newFingerprint())).toBe(false)
      expect(await shared.database.users.hadKey(other, made.fingerprint)).toBe(false)
    })
  })
}
