import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { UserName } from '@secure-chat/protocol'
import { makeEngine } from '../../../src/drivers/sqlite/database/engine.ts'
import { makeSqliteDatabase } from '../../../src/drivers/sqlite/database/open-database.ts'
import { usersSchema } from '../../../src/drivers/sqlite/database/schema.ts'
import { openSqliteDatabase } from '../../../src/drivers/sqlite/index.ts'
import { migrate } from '../../../src/drivers/sqlite/migrate.ts'
import { silentLog } from '../../../src/ports/index.ts'
import { account, codeOf, newUser, now, session } from '../user-rules/kit.ts'
import { RecordingDatabase } from './recording-database.ts'
import { scratchFolder } from './scratch.ts'
import { testClock } from './test-clock.ts'

const scratch = scratchFolder()

function openMemory() {
  const db = new RecordingDatabase(':memory:')
  migrate(db, usersSchema, ':memory:')
  const clock = testClock()
  return {
    db,
    clock,
    database: makeSqliteDatabase({ db, clock, log: silentLog, release: () => db.close() }),
  }
}

test('commits once for all that is written in one turn of the event loop', async () => {
  const { db, database } = openMemory()
  await Promise.all(Array.from({ length: 100 }, () => database.users.create(account(newUser()))))
  expect(db.commits).toBe(1)
  await database.close()
})

test('a change that fails does not fail its neighbours of the same commit', async () => {
  const { database } = openMemory()
  const made = session(newUser())
  const outcomes = await Promise.allSettled([
    database.sessions.create(made),
    database.sessions.create(made),
    database.users.create(account(newUser())),
  ])
  expect(outcomes.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await codeOf(database.sessions.create(made))).toBe('database_unavailable')
  await database.close()
})

test('an error in the program is not taken for one of the engine', async () => {
  const { db, clock } = openMemory()
  const engine = makeEngine(db, clock, silentLog)
  const broken = () => {
    throw new TypeError('our bug')
  }
  await expect(engine.write(broken)).rejects.toThrow(TypeError)
  await expect(engine.read(broken)).rejects.toThrow(TypeError)
  await expect(engine.check()).resolves.toBeUndefined()
})

test('a file that cannot be written fails the check until it can be again', async () => {
  const { db, database } = openMemory()
  db.exec('PRAGMA query_only = ON')
  expect(await codeOf(database.users.create(account(newUser())))).toBe('database_unavailable')
  expect(await codeOf(database.check())).toBe('database_unavailable')
  db.exec('PRAGMA query_only = OFF')
  await expect(database.check()).resolves.toBeUndefined()
  await database.close()
})

test('what is flushed late brings nothing of a removed user back', async () => {
  const { database } = openMemory()
  const [gone, other] = [newUser(), newUser()]
  await database.users.create(account(gone))
  await database.users.create(account(other))
  await database.users.remove(gone)
  await database.presence.seen([{ name: gone, at: now }])
  await database.presence.set(gone, { state: 'online', text: 'x', at: now })
  await database.contacts.touch(gone, other, now)
  await database.contacts.touch(other, gone, now)
  await database.blocks.add(other, gone)
  await database.blocks.add(gone, other)
  expect(await database.presence.find([gone])).toEqual([])
  expect(await database.users.list({ limit: 9, seenSince: 0 })).toEqual([])
  for (const name of [gone, other]) {
    expect(await database.contacts.list(name, 0)).toEqual([])
    expect(await database.blocks.list(name)).toEqual([])
  }
  await database.close()
})

test('says that removals may have been missed once it has forgotten some after the mark', async () => {
  const { database } = openMemory()
  const { sessions } = database
  const made = [session(newUser()), session(newUser()), session(newUser())]
  for (const each of made) await sessions.create(each)
  const [a, b, c] = made.map((each) => each.sidHash) as [string, string, string]
  const start = await sessions.revokedSince(undefined)
  await sessions.remove([a], now)
  const middle = await sessions.revokedSince(start.mark)
  expect(middle).toMatchObject({ sidHashes: [a], missed: false })
  await sessions.remove([b], now + 9 * 60_000)
  await sessions.remove([c], now + 11 * 60_000)
  expect(await sessions.revokedSince(start.mark)).toMatchObject({ sidHashes: [b, c], missed: true })
  expect(await sessions.revokedSince(middle.mark)).toMatchObject({
    sidHashes: [b, c],
    missed: false,
  })
  await sessions.remove([], now + 60 * 60_000)
  expect(await sessions.revokedSince(middle.mark)).toMatchObject({ sidHashes: [], missed: true })
  const { mark } = await sessions.revokedSince(undefined)
  expect(await sessions.revokedSince(mark)).toEqual({ sidHashes: [], mark, missed: false })
  await database.close()
})

test('lists present users alike when they are few and when they are many', async () => {
  const { db, database } = openMemory()
  db.exec('BEGIN')
  const insert = db.prepare('INSERT INTO presence VALUES (?, ?, NULL, ?, 1)')
  for (let index = 0; index < 3000; index += 1) {
    const name = `u${String(index).padStart(4, '0')}`
    insert.run(name, index % 5 ? 'online' : 'offline', now - (index % 3 ? 0 : 1000))
  }
  db.exec('COMMIT')
  const expected = (seenSince: number) =>
    Array.from({ length: 3000 }, (_, index) => index)
      .filter((index) => index % 5 && now - (index % 3 ? 0 : 1000) >= seenSince)
      .map((index) => `u${String(index).padStart(4, '0')}`)
  expect(expected(now).length).toBeLessThan(2000)
  expect(expected(now - 1000).length).toBeGreaterThan(2000)
  for (const seenSince of [now, now - 1000]) {
    const all = expected(seenSince)
    const list = (o: object) => database.users.list({ seenSince, limit: 100, ...o })
    expect(await list({})).toEqual(all.slice(0, 100))
    const after = all[49] as string
    expect(await list({ after })).toEqual(all.slice(50, 150))
    expect(await list({ prefix: 'u29' })).toEqual(
      all.filter((name) => name.startsWith('u29')).slice(0, 100),
    )
  }
  await database.close()
})

test('tells changes of presence in parts, and none is left out', async () => {
  const { database } = openMemory()
  const names = Array.from({ length: 6000 }, (_, index) => `u${index}` as UserName)
  await Promise.all(names.map((name) => database.users.create(account(name))))
  const { mark } = await database.presence.changedSince(undefined)
  await database.presence.seen(names.map((name) => ({ name, at: now })))
  const first = await database.presence.changedSince(mark)
  const second = await database.presence.changedSince(first.mark)
  expect(first.rows.length).toBeLessThan(6000)
  expect(new Set([...first.rows, ...second.rows].map((row) => row.name)).size).toBe(6000)
  expect((await database.presence.changedSince(second.mark)).rows).toEqual([])
  await database.close()
})

test('clears expired claims and values away', async () => {
  const { db, clock, database } = openMemory()
  for (let index = 0; index < 30; index += 1) {
    await database.claims.claim(`claim ${index}`, { now, expiresAt: now + 10 })
    await database.pluginStorage.set('p', `key ${index}`, index, now + 10)
  }
  clock.advance(1000)
  for (let index = 0; index < 5; index += 1) {
    await database.claims.claim(`later ${index}`, { now: now + 1000, expiresAt: now + 2000 })
    await database.pluginStorage.set('p', `later ${index}`, index, undefined)
  }
  expect(db.prepare('SELECT count(*) AS n FROM claim').get()).toEqual({ n: 5 })
  expect(db.prepare('SELECT count(*) AS n FROM plugin_value').get()).toEqual({ n: 5 })
  await database.close()
})

test('removes more expired sessions than one commit takes', async () => {
  const { database } = openMemory()
  const user = newUser()
  await Promise.all(
    Array.from({ length: 1203 }, () => database.sessions.create(session(user, { expiresAt: now }))),
  )
  expect(await database.sessions.removeExpired(now)).toBe(1203)
  await database.close()
})

test("an operator's tool beside the running server ends sessions that the server hears of", async () => {
  const clock = testClock()
  const server = await openSqliteDatabase({ dir: scratch.dir, clock })
  const made = session(newUser())
  await server.sessions.create(made)
  const { mark } = await server.sessions.revokedSince(undefined)
  const tool = await openSqliteDatabase({ dir: scratch.dir, clock, isExclusive: false })
  expect(await tool.serverId()).toBe(await server.serverId())
  expect(await tool.sessions.removeByUser(made.user, { now })).toEqual([made.sidHash])
  expect(await server.sessions.revokedSince(mark)).toMatchObject({ sidHashes: [made.sidHash] })
  expect(await server.sessions.find(made.sidHash)).toBeUndefined()
  await tool.close()
  await server.close()
})

test('nothing of a removed account is left in the file', async () => {
  const database = await openSqliteDatabase({ dir: scratch.dir, clock: testClock() })
  const made = { ...account(newUser()), passwordHash: 'canary-of-the-password-hash' }
  await database.users.create(made)
  await database.users.remove(made.name)
  await database.close()
  const bytes = readFileSync(join(scratch.dir, 'users.sqlite'))
  expect(bytes.includes(made.name)).toBe(true)
  expect(bytes.includes(made.passwordHash)).toBe(false)
  expect(bytes.includes(made.fingerprint)).toBe(false)
})
