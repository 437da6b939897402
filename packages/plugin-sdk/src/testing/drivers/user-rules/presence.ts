import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { newUser, now, sharedDatabase } from './kit.ts'

export function presenceRules(open: OpenDatabase): void {
  describe('presence', () => {
    const shared = sharedDatabase(open)

    test('is what was set last, and setting is a sign of life', async () => {
      const name = newUser()
      await shared.users(name)
      const { presence } = shared.database
      await presence.set(name, { state: 'busy', text: 'in a meeting 🙂', at: now })
      expect(await presence.find([name])).toEqual([
        { name, state: 'busy', text: 'in a meeting 🙂', lastSeenAt: now },
      ])
      await presence.set(name, { state: 'online', text: null, at: now + 5 })
      expect(await presence.find([name])).toEqual([
        { name, state: 'online', text: null, lastSeenAt: now + 5 },
      ])
    })

    test('of a user who never said anything is online once seen', async () => {
      const name = newUser()
      await shared.users(name)
      await shared.database.presence.seen([{ name, at: now }])
      expect(await shared.database.presence.find([name])).toEqual([
        { name, state: 'online', text: null, lastSeenAt: now },
      ])
    })

    test('keeps its state and never moves back when signs of life arrive late', async () => {
      const name = newUser()
      await shared.users(name)
      const { presence } = shared.database
      await presence.set(name, { state: 'offline', text: 'bye', at: now })
      await presence.seen([
        { name, at: now + 50 },
        { name, at: now + 10 },
      ])
      await presence.seen([{ name, at: now - 10 }])
      expect(await presence.find([name])).toEqual([
        { name, state: 'offline', text: 'bye', lastSeenAt: now + 50 },
      ])
      await presence.set(name, { state: 'away', text: null, at: now + 20 })
      expect(await presence.find([name])).toEqual([
        { name, state: 'away', text: null, lastSeenAt: now + 50 },
      ])
    })

    test('is found for those who have one', async () => {
      const [a, b, none] = [newUser(), newUser(), newUser()]
      await shared.users(a, b, none)
      await shared.database.presence.seen([
        { name: a, at: now },
        { name: b, at: now },
      ])
      const rows = await shared.database.presence.find([none, a, newUser(), b])
      expect(rows.map((row) => row.name).toSorted()).toEqual([a, b].toSorted())
      expect(await shared.database.presence.find([])).toEqual([])
    })

    test('tells other nodes what changed since their mark', async () => {
      const [set, seen, quiet] = [newUser(), newUser(), newUser()]
      await shared.users(set, seen, quiet)
      const { presence } = shared.database
      await presence.seen([{ name: quiet, at: Date.now() }])
      const start = await presence.changedSince(undefined)
      expect(start.rows).toEqual([])
      await presence.set(set, { state: 'away', text: null, at: Date.now() })
      await presence.seen([{ name: seen, at: Date.now() }])
      const told = await presence.changedSince(start.mark)
      expect(told.rows.map((row) => row.name)).toEqual(expect.arrayContaining([set, seen]))
      const later = await presence.changedSince(told.mark)
      await presence.set(set, { state: 'busy', text: null, at: Date.now() })
      const again = await presence.changedSince(later.mark)
      expect(again.rows.find((row) => row.name === set)).toMatchObject({ state: 'busy' })
    })

    test('takes a thousand signs of life at once', async () => {
      const names = Array.from({ length: 20 }, () => newUser())
      await shared.users(...names)
      const signs = Array.from({ length: 1200 }, (_, index) => ({
        name: names[index % 20] ?? newUser(),
        at: now + index,
      }))
      await shared.database.presence.seen(signs)
      const rows = await shared.database.presence.find(names)
      expect(rows.map((row) => row.lastSeenAt).toSorted()).toEqual(
        Array.from({ length: 20 }, (_, index) => now + 1180 + index),
      )
    })
  })
}
