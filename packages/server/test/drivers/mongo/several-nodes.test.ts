import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import type { UserName } from '@secure-chat/protocol'
import { openMongoDatabase } from '../../../src/drivers/mongo/index.ts'
import type { UserDatabase } from '../../../src/ports/index.ts'
import { testClock } from '../sqlite/test-clock.ts'
import { account, newUser, now, session } from '../user-rules/kit.ts'
import { sharedOwnDatabase } from './own-database.ts'

jest.setTimeout(60_000)

const minute = 60_000

describeWithServices('several nodes on one MongoDB', () => {
  const own = sharedOwnDatabase()
  let a: UserDatabase
  let b: UserDatabase

  beforeAll(async () => {
    // At the same moment, on an empty database: both make what is missing.
    ;[a, b] = await Promise.all([
      openMongoDatabase({ url: own.url, clock: testClock() }),
      openMongoDatabase({ url: own.url, clock: testClock() }),
    ])
  })
  afterAll(async () => {
    await a.close()
    await b.close()
  })

  test('are one server by its id', async () => {
    expect(await a.serverId()).toBe(await b.serverId())
  })

  test('see what the other one did: accounts, ended sessions, presence', async () => {
    const name = newUser()
    await a.users.create(account(name))
    expect(await b.users.create(account(name))).toBe('taken')
    const made = session(name)
    await a.sessions.create(made)
    expect(await b.sessions.find(made.sidHash)).toEqual(made)

    const revoked = await b.sessions.revokedSince(undefined)
    const changed = await b.presence.changedSince(undefined)
    await a.sessions.remove([made.sidHash], now)
    await a.presence.set(name, { state: 'busy', text: 'x', at: now })
    expect((await b.sessions.revokedSince(revoked.mark)).sidHashes).toContain(made.sidHash)
    expect((await b.presence.changedSince(changed.mark)).rows).toContainEqual({
      name,
      state: 'busy',
      text: 'x',
      lastSeenAt: now,
    })
    expect(await b.sessions.find(made.sidHash)).toBeUndefined()
  })

  test('one of two who end a session at the same time ended it', async () => {
    const made = Array.from({ length: 10 }, () => session(newUser()))
    for (const each of made) await a.sessions.create(each)
    const hashes = made.map(({ sidHash }) => sidHash)
    const answers = await Promise.all([a, b, a, b].map((node) => node.sessions.remove(hashes, now)))
    expect(answers.flat().toSorted()).toEqual(hashes.toSorted())
  })

  test('an end that is seen after a later one is told all the same', async () => {
    const { mark } = await b.sessions.revokedSince(undefined)
    const [early, late] = [session(newUser()), session(newUser())]
    const stamped = (ms: number) => new Date(Number(mark) + ms)
    // Stamped first by the database and seen last: what two writes at the same time may do.
    await own.models.sessions.insertOne({ _id: late.sidHash, revoked_at: stamped(2) })
    const first = await b.sessions.revokedSince(mark)
    expect(first.sidHashes).toContain(late.sidHash)
    await own.models.sessions.insertOne({ _id: early.sidHash, revoked_at: stamped(1) })
    expect((await b.sessions.revokedSince(first.mark)).sidHashes).toContain(early.sidHash)
    // Even when the other one takes long.
    const slow = session(newUser())
    await own.models.sessions.insertOne({ _id: slow.sidHash, revoked_at: stamped(-50_000) })
    expect((await b.sessions.revokedSince(first.mark)).sidHashes).toContain(slow.sidHash)
  })

  test('whoever asks after more than ten minutes is told that ends may be missed, not before', async () => {
    const { mark } = await a.sessions.revokedSince(undefined)
    const made = session(newUser())
    await a.sessions.create(made)
    await a.sessions.remove([made.sidHash], now)
    const askedSince = (ms: number) => a.sessions.revokedSince(String(Number(mark) - ms))
    expect(await askedSince(9 * minute)).toMatchObject({ missed: false })
    expect((await askedSince(9 * minute)).sidHashes).toContain(made.sidHash)
    expect(await askedSince(11 * minute)).toMatchObject({ missed: true })
    expect((await askedSince(11 * minute)).sidHashes).toContain(made.sidHash)
    // The clock of the database was set back: stamps since then are before the mark.
    expect(await askedSince(-2 * minute)).toMatchObject({ missed: true })
    expect((await askedSince(-minute / 2)).sidHashes).toContain(made.sidHash)
  })

  test('a change of presence that is seen after a later one is told all the same', async () => {
    const [early, late] = [newUser(), newUser()]
    for (const name of [early, late]) await a.users.create(account(name))
    const { mark } = await b.presence.changedSince(undefined)
    const change = (_id: string, ms: number) =>
      own.models.users.updateOne(
        { _id },
        { $set: { presence: presenceAt(new Date(Number(mark) + ms)) } },
      )
    await change(late, 2)
    const first = await b.presence.changedSince(mark)
    expect(first.rows.map((row) => row.name)).toContain(late)
    await change(early, 1)
    const second = await b.presence.changedSince(first.mark)
    expect(second.rows.map((row) => row.name)).toContain(early)
  })

  test('changes of presence come in parts when they are many, and none is left out', async () => {
    const stem = newUser()
    const names = Array.from({ length: 7000 }, (_, index) => `${stem}${index}` as UserName)
    const { mark } = await b.presence.changedSince(undefined)
    // Ahead of the clock, so that it does not matter how long all this takes.
    const at = new Date(Number(mark) + 60_000)
    await own.models.users.insertMany(
      names.map((_id) => ({ _id, is_removed: false, presence: presenceAt(at) })),
    )
    const told = new Set<string>()
    const poll = async (since: string) => {
      const answer = await b.presence.changedSince(since)
      for (const { name } of answer.rows) told.add(name)
      return answer
    }
    const first = await poll(mark)
    expect(first.rows.length).toBeLessThan(7000)
    // Seen only now, with a stamp that the first part has passed.
    const straggler = newUser()
    await own.models.users.insertOne({
      _id: straggler,
      is_removed: false,
      presence: presenceAt(new Date(at.getTime() - 1000)),
    })
    const second = await poll(first.mark)
    const third = await poll(second.mark)
    await poll(third.mark)
    expect([...names, straggler].filter((name) => !told.has(name))).toEqual([])
  })
})

function presenceAt(changed_at: Date) {
  return { state: 'online', text: null, last_seen_at: now, changed_at }
}
