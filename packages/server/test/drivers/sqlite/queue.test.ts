import type { Cursor, UserName } from '@secure-chat/protocol'
import { formatCursor } from '../../../src/drivers/mailbox-cursor.ts'
import { migrate } from '../../../src/drivers/sqlite/migrate.ts'
import { makeSqliteQueue } from '../../../src/drivers/sqlite/queue/open-queue.ts'
import { queueSchema } from '../../../src/drivers/sqlite/queue/schema.ts'
import { type Log, type MessageQueue, silentLog } from '../../../src/ports/index.ts'
import { codeIn, codeOf, expireAll, follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { RecordingDatabase } from './recording-database.ts'
import { testClock } from './test-clock.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function openMemory(log: Log = silentLog): { db: RecordingDatabase; queue: MessageQueue } {
  const db = new RecordingDatabase(':memory:')
  migrate(db, queueSchema, ':memory:')
  const queue = makeSqliteQueue({ db, clock: testClock(), log, release: () => db.close() })
  return { db, queue }
}

/** Lets the file grow by this many pages and no more: what a full disk is to SQLite. */
function fillDisk(db: RecordingDatabase, sparePages: number): void {
  const pages = Number(Object.values(db.prepare('PRAGMA page_count').get() ?? {})[0])
  db.exec(`PRAGMA max_page_count = ${pages + sparePages}`)
}

const freeDisk = (db: RecordingDatabase) => db.exec('PRAGMA max_page_count = 1000000')

test('commits once for all that is added in one turn of the event loop', async () => {
  const { db, queue } = openMemory()
  const users = Array.from({ length: 10 }, () => newUser())
  await Promise.all(users.map((user) => queue.createMailbox(user)))
  db.commits = 0
  await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      queue.enqueue(users[index % 10] ?? newUser(), record(String(index))),
    ),
  )
  expect(db.commits).toBe(1)
  await queue.close()
})

test('bounds a commit, keeps the order over several, and never splits a set', async () => {
  const { db, queue } = openMemory()
  const user = newUser()
  await queue.createMailbox(user)
  db.commits = 0
  const texts = Array.from({ length: 1200 }, (_, index) => String(index))
  const writes = texts.map((text) => queue.enqueue(user, record(text)))
  const set = queue.enqueueAll(
    Array.from({ length: 2000 }, (_, index) => ({ user, record: record(`set ${index}`) })),
  )
  await Promise.all(writes)
  const before = db.commits
  expect(before).toBeGreaterThan(1)
  await set
  expect(db.commits).toBeLessThanOrEqual(before + 1)
  const found = (await readAll(queue, user)).map((each) => each.message)
  expect(found.slice(0, 1200)).toEqual(texts)
  expect(found).toHaveLength(3200)
  await queue.close()
})

test('a full disk refuses every waiter of the commit, keeps nothing of it, and is over when space is freed', async () => {
  const errors: object[] = []
  const { db, queue } = openMemory({ ...silentLog, error: (fields) => errors.push(fields) })
  const [user, fresh] = [newUser(), newUser()]
  await queue.enqueue(user, record('before'))
  const end = await queue.end(user)
  const follower = follow(queue, user, end)
  fillDisk(db, 2)
  const writes = await Promise.allSettled([
    queue.enqueue(user, record('small')),
    queue.enqueue(user, record('x'.repeat(100_000))),
    queue.createMailbox(fresh),
  ])
  for (const each of writes) {
    expect(each.status === 'rejected' && codeIn(each.reason)).toBe('queue_unavailable')
  }
  expect(errors).toMatchObject([{ fault: 'disk_full', refused: 3 }])
  expect(await readAll(queue, user)).toHaveLength(1)
  expect(await queue.end(user)).toBe(end)
  freeDisk(db)
  await expect(queue.check()).resolves.toBeUndefined()
  await queue.enqueue(user, record('after'))
  await follower.got(1)
  expect(follower.messages()).toEqual(['after'])
  expect((await readAll(queue, user)).map((each) => each.message)).toEqual(['before', 'after'])
  await queue.close()
})

test('a full disk fails the check until a write works again', async () => {
  const { db, queue } = openMemory()
  const user = newUser()
  await queue.enqueue(user, record('before'))
  await expect(queue.check()).resolves.toBeUndefined()
  db.exec('PRAGMA query_only = ON')
  expect(await codeOf(queue.enqueue(user, record('refused')))).toBe('queue_unavailable')
  expect(await codeOf(queue.check())).toBe('queue_unavailable')
  db.exec('PRAGMA query_only = OFF')
  await expect(queue.check()).resolves.toBeUndefined()
  await queue.close()
})

test('refuses cursors beyond the end, and of another version or length', async () => {
  const { db, queue } = openMemory()
  const user = newUser()
  await queue.enqueue(user, record('x'))
  const row = db.prepare('SELECT tag FROM mailbox').get()
  const tag = row?.tag as Uint8Array
  expect(await queue.end(user)).toBe(formatCursor(tag, 1))
  const bytes = Buffer.from(formatCursor(tag, 1), 'base64url')
  const versioned = Buffer.from(bytes)
  versioned[0] = 2
  const forged = [
    formatCursor(tag, 2),
    formatCursor(tag, 2 ** 48 - 1),
    versioned.toString('base64url'),
    bytes.subarray(0, 12).toString('base64url'),
    Buffer.concat([bytes, Buffer.of(0)]).toString('base64url'),
    `${formatCursor(tag, 1)}=`,
    // The same bytes with other unused bits at the end.
    formatCursor(tag, 1).replace(/.$/, 'R'),
  ]
  for (const after of forged as Cursor[]) {
    expect([after, await codeOf(queue.read(user, { after, limit: 1 }))]).toEqual([
      after,
      'bad_cursor',
    ])
  }
  await queue.close()
})

test('refuses cursors of a mailbox that was removed and made again', async () => {
  const { queue } = openMemory()
  const user = newUser()
  await queue.enqueue(user, record('x'))
  const after = await queue.end(user)
  await queue.removeMailbox(user)
  await queue.enqueue(user, record('y'))
  expect(await codeOf(queue.read(user, { after, limit: 1 }))).toBe('bad_cursor')
  await queue.close()
})

test('keeps the order of a write, a removal and a write in one turn', async () => {
  const { queue } = openMemory()
  const user = newUser()
  await queue.createMailbox(user)
  const follower = follow(queue, user, await queue.end(user))
  await Promise.all([
    queue.enqueue(user, record('old')),
    queue.removeMailbox(user),
    queue.enqueue(user, record('new')),
  ])
  const last = await follower.ended
  expect(last.kind === 'error' && codeIn(last.error)).toBe('no_such_user')
  expect((await readAll(queue, user)).map((each) => each.message)).toEqual(['new'])
  await queue.close()
})

test('clears a removed mailbox behind its back, over a restart too', async () => {
  const db = new RecordingDatabase(':memory:')
  migrate(db, queueSchema, ':memory:')
  const open = () =>
    makeSqliteQueue({ db, clock: testClock(), log: silentLog, release: () => undefined })
  const left = () => Number(db.prepare('SELECT count(*) AS n FROM message').get()?.n)
  const queue = open()
  const [gone, kept] = [newUser(), newUser()]
  await queue.enqueueAll(
    Array.from({ length: 1800 }, (_, index) => ({
      user: index % 2 ? gone : kept,
      record: record('x'),
    })),
  )
  await queue.removeMailbox(gone)
  await queue.close()
  expect(left()).toBeGreaterThan(900)
  const again = open()
  while (left() > 900) await turn()
  expect(await readAll(again, kept)).toHaveLength(900)
  while (Number(db.prepare('SELECT count(*) AS n FROM mailbox').get()?.n) > 1) await turn()
  await again.close()
  db.close()
})

test('retention goes through more mailboxes than one step looks at', async () => {
  const { queue } = openMemory()
  const users = Array.from({ length: 450 }, () => newUser())
  for (const round of [1, 2]) {
    await Promise.all(
      users.map((user) => queue.enqueue(user, record(`${round}${'x'.repeat(1000)}`))),
    )
  }
  expect(await expireAll(queue, { before: 0, maxBytes: 1500 })).toBe(450)
  for (const user of users) {
    expect((await readAll(queue, user)).map((each) => each.message[0])).toEqual(['2'])
  }
  expect(await expireAll(queue, { before: 0, maxBytes: 1500 })).toBe(0)
  await queue.close()
})

test('retention by age goes by arrival and takes whole runs of many mailboxes', async () => {
  const clock = testClock()
  const db = new RecordingDatabase(':memory:')
  migrate(db, queueSchema, ':memory:')
  const queue = makeSqliteQueue({ db, clock, log: silentLog, release: () => db.close() })
  const users = Array.from({ length: 7 }, () => newUser())
  const fill = (text: string, count: number) =>
    queue.enqueueAll(
      Array.from({ length: count }, (_, index) => ({
        user: users[index % 7] as UserName,
        record: record(text),
      })),
    )
  await fill('old', 1200)
  clock.advance(60_000)
  await fill('young', 70)
  expect(await expireAll(queue, { before: clock.now(), maxBytes: 1e12 })).toBe(1200)
  for (const user of users) {
    expect((await readAll(queue, user)).map((each) => each.message)).toEqual(
      Array(10).fill('young'),
    )
  }
  await queue.close()
})

test('a long backlog of one reader does not keep others waiting', async () => {
  const { queue } = openMemory()
  const [slow, quick] = [newUser(), newUser()]
  await queue.createMailbox(slow)
  const start = await queue.end(slow)
  await queue.enqueueAll(
    Array.from({ length: 6000 }, (_, index) => ({ user: slow, record: record(String(index)) })),
  )
  await queue.createMailbox(quick)
  const backlog = follow(queue, slow, start)
  const live = follow(queue, quick, await queue.end(quick))
  await queue.enqueue(quick, record('now'))
  await live.got(1)
  expect(backlog.items.length).toBeLessThan(6000)
  await backlog.got(6000)
  await queue.close()
})

test('an engine that fails under a tail ends it with queue_unavailable', async () => {
  const { db, queue } = openMemory()
  const user = newUser()
  await queue.createMailbox(user)
  const start = await queue.end(user)
  await queue.enqueue(user, record('x'))
  db.exec('DROP TABLE message')
  const last = await follow(queue, user, start).ended
  expect(last.kind === 'error' && codeIn(last.error)).toBe('queue_unavailable')
  expect(await codeOf(queue.read(user, { limit: 1 }))).toBe('queue_unavailable')
  await queue.close()
})

test('refuses what would make memory the buffer of a slow disk, and keeps all it took', async () => {
  const { queue } = openMemory()
  const user = newUser()
  const adding = Array.from({ length: 400 }, (_, index) =>
    queue.enqueue(user, { ...record(`${index}`), message: 'x'.repeat(190 * 1024) }),
  )
  const results = await Promise.allSettled(adding)
  const kept = results.filter(({ status }) => status === 'fulfilled').length
  expect(kept).toBeGreaterThan(300)
  expect(kept).toBeLessThan(400)
  for (const result of results) {
    if (result.status === 'rejected') expect(codeIn(result.reason)).toBe('queue_unavailable')
  }
  expect(await readAll(queue, user)).toHaveLength(kept)
  await queue.enqueue(user, record('after'))
  await queue.close()
})
