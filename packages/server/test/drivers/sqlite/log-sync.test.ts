import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../../src/drivers/sqlite/migrate.ts'
import { type LogSync, makeLogSync } from '../../../src/drivers/sqlite/queue/log-sync.ts'
import { makeSqliteQueue } from '../../../src/drivers/sqlite/queue/open-queue.ts'
import { queueSchema } from '../../../src/drivers/sqlite/queue/schema.ts'
import { silentLog } from '../../../src/ports/index.ts'
import { codeIn, codeOf, follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { RecordingDatabase } from './recording-database.ts'
import { testClock } from './test-clock.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A disk that confirms when it is told to. */
function slowDisk() {
  const flushes: Array<PromiseWithResolvers<void>> = []
  let isClosed = false
  const logSync: LogSync = {
    flush() {
      const flush = Promise.withResolvers<void>()
      flushes.push(flush)
      return flush.promise
    },
    close() {
      isClosed = true
    },
  }
  return { logSync, flushes, isClosed: () => isClosed }
}

function openOn({ logSync }: { logSync: LogSync }) {
  const db = new RecordingDatabase(':memory:')
  migrate(db, queueSchema, ':memory:')
  const errors: object[] = []
  const log = { ...silentLog, error: (fields: object) => void errors.push(fields) }
  const queue = makeSqliteQueue({ db, clock: testClock(), log, logSync, release: () => db.close() })
  return { db, queue, errors }
}

test('answers, shows and delivers nothing of a commit before the disk has confirmed it', async () => {
  const disk = slowDisk()
  const { queue } = openOn(disk)
  const user = newUser()
  const made = queue.createMailbox(user)
  await turn()
  disk.flushes[0]?.resolve()
  await made
  const end = await queue.end(user)
  const follower = follow(queue, user, end)
  await turn()

  let isAnswered = false
  const write = queue.enqueue(user, record('one')).then(() => {
    isAnswered = true
  })
  for (let turns = 0; turns < 5; turns += 1) await turn()
  const late = follow(queue, user, end)
  await turn()
  expect(disk.flushes).toHaveLength(2)
  expect(isAnswered).toBe(false)
  expect(await readAll(queue, user)).toEqual([])
  expect(await queue.end(user)).toBe(end)
  expect([...follower.messages(), ...late.messages()]).toEqual([])

  disk.flushes[1]?.resolve()
  await write
  await Promise.all([follower.got(1), late.got(1)])
  expect([...follower.messages(), ...late.messages()]).toEqual(['one', 'one'])
  expect((await readAll(queue, user)).map((each) => each.message)).toEqual(['one'])
  await queue.close()
})

test('makes one commit of all that comes while the disk is at work', async () => {
  const disk = slowDisk()
  const { db, queue } = openOn(disk)
  const user = newUser()
  const first = queue.enqueue(user, record('0'))
  await turn()
  db.commits = 0
  const rest: Promise<void>[] = []
  for (const text of ['1', '2', '3', '4']) {
    rest.push(queue.enqueue(user, record(text)))
    await turn()
  }
  expect(db.commits).toBe(0)
  disk.flushes[0]?.resolve()
  await first
  await turn()
  expect(db.commits).toBe(1)
  disk.flushes[1]?.resolve()
  await Promise.all(rest)
  expect(disk.flushes).toHaveLength(2)
  expect((await readAll(queue, user)).map((each) => each.message)).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
  ])
  await queue.close()
})

test('takes nothing more after the disk failed to confirm: a second sync could not know', async () => {
  const disk = slowDisk()
  const { queue, errors } = openOn(disk)
  const user = newUser()
  const writes = [queue.enqueue(user, record('lost'))]
  await turn()
  writes.push(queue.enqueue(user, record('waiting')))
  await turn()
  disk.flushes[0]?.reject(Object.assign(new Error('i/o error'), { code: 'EIO' }))
  for (const each of await Promise.allSettled(writes)) {
    expect(each.status === 'rejected' && codeIn(each.reason)).toBe('queue_unavailable')
  }
  expect(errors).toMatchObject([{ refused: 2 }])
  expect(await codeOf(queue.enqueue(user, record('later')))).toBe('queue_unavailable')
  expect(await codeOf(queue.check())).toBe('queue_unavailable')
  expect(disk.flushes).toHaveLength(1)
  expect(await readAll(queue, user)).toEqual([])
  await queue.close()
})

test('closes after the last commit is confirmed, and then lets go of the log', async () => {
  const disk = slowDisk()
  const { queue } = openOn(disk)
  const user = newUser()
  const first = queue.enqueue(user, record('first'))
  await turn()
  const second = queue.enqueue(user, record('second'))
  let isClosed = false
  const closing = queue.close().then(() => {
    isClosed = true
  })
  for (let turns = 0; turns < 5; turns += 1) await turn()
  disk.flushes[0]?.resolve()
  await first
  for (let turns = 0; turns < 5; turns += 1) await turn()
  expect([isClosed, disk.isClosed()]).toEqual([false, false])
  disk.flushes[1]?.resolve()
  await Promise.all([second, closing])
  expect(disk.isClosed()).toBe(true)
})

test('every other commit of the connection still syncs itself', async () => {
  const disk = slowDisk()
  const { db, queue } = openOn(disk)
  const level = () => Object.values(db.prepare('PRAGMA synchronous').get() ?? {})[0]
  const user = newUser()
  const write = queue.enqueue(user, record('x'))
  await turn()
  expect(level()).toBe(2)
  disk.flushes[0]?.resolve()
  await write
  await queue.close()
})

test('a log that is not there fails the sync with its reason', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-log-sync-'))
  const logSync = makeLogSync(join(dir, 'queue.sqlite'))
  await expect(logSync.flush()).rejects.toMatchObject({ code: 'ENOENT' })
  logSync.close()
  rmSync(dir, { recursive: true })
})
