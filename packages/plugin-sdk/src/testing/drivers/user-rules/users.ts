import type { UserName } from '@secure-chat/protocol'
import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { account, codeOf, newUser, now, sharedDatabase } from './kit.ts'

export function userRules(open: OpenDatabase): void {
  describe('users', () => {
    const shared = sharedDatabase(open)

    test('are found as they were made', async () => {
      const made = account(newUser())
      expect(await shared.database.users.create(made)).toBe('created')
      expect(await shared.database.users.find(made.name)).toEqual({
        ...made,
        seq: 0,
        changedAt: now,
        isSuspended: false,
      })
    })

    test('that never were are not found', async () => {
      expect(await shared.database.users.find(newUser())).toBeUndefined()
    })

    test('have a name once, and the first keeps it', async () => {
      const first = account(newUser())
      await shared.database.users.create(first)
      const second = { ...account(first.name), passwordHash: 'other' }
      expect(await shared.database.users.create(second)).toBe('taken')
      expect(await shared.database.users.find(first.name)).toMatchObject(first)
    })

    test('get a name once when many ask at the same time', async () => {
      const name = newUser()
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => shared.database.users.create(account(name))),
      )
      expect(answers.filter((answer) => answer === 'created')).toHaveLength(1)
      expect(answers.filter((answer) => answer === 'taken')).toHaveLength(19)
    })

    test('change their password and nothing else', async () => {
      const made = account(newUser())
      const other = account(newUser())
      await shared.database.users.create(made)
      await shared.database.users.create(other)
      const { passwordHash } = made
      const set = (hash: string) =>
        shared.database.users.setPasswordHash(made.name, hash, passwordHash)
      expect(await set('new hash')).toBe('changed')
      // Begun under the same old password: it came too late.
      expect(await set('another hash')).toBe('conflict')
      expect(await shared.database.users.find(made.name)).toMatchObject({
        ...made,
        passwordHash: 'new hash',
      })
      expect(await shared.database.users.find(other.name)).toMatchObject(other)
    })

    test('are suspended and resumed', async () => {
      const name = newUser()
      await shared.users(name)
      await shared.database.users.setSuspended(name, true)
      expect(await shared.database.users.find(name)).toMatchObject({ isSuspended: true })
      await shared.database.users.setSuspended(name, false)
      expect(await shared.database.users.find(name)).toMatchObject({ isSuspended: false })
    })

    test('that are not there are not made by a change', async () => {
      const name = newUser()
      expect(await shared.database.users.setPasswordHash(name, 'x', 'y')).toBe('conflict')
      await shared.database.users.setSuspended(name, true)
      expect(await shared.database.users.find(name)).toBeUndefined()
    })

    test('are listed by name in byte order, behind `after`, by prefix, to the limit', async () => {
      const stem = newUser()
      const ends = ['', '-', '-a', '0', '9', '_', '_a', 'a', 'aa', 'ab', 'b', 'z']
      const names = ends.map((end) => `${stem}${end}` as UserName)
      await shared.users(...names.toReversed())
      const list = (o: { after?: string; limit?: number; prefix?: string }) =>
        shared.database.users.list({ prefix: stem, limit: 100, ...o })
      expect(await list({})).toEqual(names)
      expect(await list({ limit: 3 })).toEqual(names.slice(0, 3))
      expect(await list({ after: `${stem}_` })).toEqual(names.slice(6))
      // `after` need not be a name that exists.
      expect(await list({ after: `${stem}1` })).toEqual(names.slice(4))
      expect(await list({ prefix: `${stem}a` })).toEqual(names.slice(7, 10))
      expect(await list({ prefix: `${stem}_`, after: `${stem}_`, limit: 1 })).toEqual([`${stem}_a`])
      expect(await list({ prefix: `${stem}zz` })).toEqual([])
    })

    test('are listed page by page without a gap or a repeat', async () => {
      const stem = newUser()
      const names = Array.from({ length: 25 }, (_, index) => `${stem}${index + 10}` as UserName)
      await shared.users(...names)
      const found: string[] = []
      let after: string | undefined = ''
      while (after !== undefined) {
        const page: UserName[] = await shared.database.users.list({ prefix: stem, limit: 7, after })
        found.push(...page)
        after = page.at(-1)
      }
      expect(found).toEqual(names)
    })

    test.each(['%', '_', '.*', '^', '$', '\\', '[a-z]', '{', '(?i)'])(
      'match a prefix by its letters: %s',
      async (wild) => {
        await shared.users(newUser())
        expect(await shared.database.users.list({ prefix: wild, limit: 10 })).toEqual([])
      },
    )

    test('are listed as present by their last sign of life and state', async () => {
      const stem = newUser()
      const [away, gone, hidden, never, online] = ['a', 'g', 'h', 'n', 'o'].map(
        (end) => `${stem}${end}` as UserName,
      ) as [UserName, UserName, UserName, UserName, UserName]
      await shared.users(away, gone, hidden, never, online)
      const { presence, users } = shared.database
      await presence.set(away, { state: 'away', text: null, at: now })
      await presence.set(gone, { state: 'online', text: null, at: now - 90_001 })
      await presence.set(hidden, { state: 'offline', text: null, at: now })
      await presence.seen([{ name: online, at: now - 90_000 }])
      const seenSince = now - 90_000
      const list = (o: { after?: string; limit?: number; prefix?: string }) =>
        users.list({ prefix: stem, seenSince, limit: 10, ...o })
      expect(await list({})).toEqual([away, online])
      expect(await list({ limit: 1 })).toEqual([away])
      expect(await list({ after: away })).toEqual([online])
      expect(await list({ prefix: `${stem}o` })).toEqual([online])
      expect(await users.list({ prefix: stem, seenSince: now, limit: 10 })).toEqual([away])
    })

    test('live in a database with an id of its own that stays', async () => {
      const id = await shared.database.serverId()
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(await shared.database.serverId()).toBe(id)
    })

    test('and their database answers a check', async () => {
      await expect(shared.database.check()).resolves.toBeUndefined()
    })

    test('are still there after a restart', async () => {
      const { database, reopen, close } = await open()
      if (!reopen) return close()
      const made = account(newUser())
      await database.users.create(made)
      const id = await database.serverId()
      const again = await reopen()
      expect(await again.users.find(made.name)).toMatchObject(made)
      expect(await again.serverId()).toBe(id)
      return close()
    })

    test('are refused after closing with database_unavailable', async () => {
      const { database, close } = await open()
      await database.close()
      await database.close()
      const calls = [
        database.users.find(newUser()),
        database.users.create(account(newUser())),
        database.sessions.find('00'),
        database.presence.seen([{ name: newUser(), at: now }]),
        database.claims.claim('x', { now, expiresAt: now + 1 }),
        database.check(),
      ]
      for (const call of calls) expect(await codeOf(call)).toBe('database_unavailable')
      return close()
    })
  })
}
