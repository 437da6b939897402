import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteDatabase, openSqliteQueue } from '../../../src/drivers/sqlite/index.ts'
import { type Migration, migrate, type Schema } from '../../../src/drivers/sqlite/migrate.ts'
import { openStoreFile } from '../../../src/drivers/sqlite/store-file.ts'
import { codeOf, newUser, readAll, record } from '../queue-rules/kit.ts'
import { scratchFolder } from './scratch.ts'
import { testClock } from './test-clock.ts'

const clock = testClock()
const probePath = join(import.meta.dirname, 'lock-probe.ts')
const scratch = scratchFolder()
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const step = (number: number, sql: string): Migration => ({ number, up: (db) => db.exec(sql) })
const schema = (...migrations: Migration[]): Schema => ({
  fileName: 'store.sqlite',
  applicationId: 0x1234,
  migrations,
})
const engines = [
  ['queue.sqlite', (dir: string) => openSqliteQueue({ dir, clock })],
  ['users.sqlite', (dir: string) => openSqliteDatabase({ dir, clock })],
] as const

/** A folder with a queue of many pages, closed. */
async function filledQueue(dir: string): Promise<string> {
  const queue = await openSqliteQueue({ dir, clock })
  const user = newUser()
  await Promise.all(
    Array.from({ length: 300 }, () => queue.enqueue(user, record('x'.repeat(2000)))),
  )
  await queue.close()
  return join(dir, 'queue.sqlite')
}

describe.each(engines)('%s', (fileName, open) => {
  test('is readable by its owner only, and so are its side files and a folder made for it', async () => {
    const dir = join(scratch.dir, 'made', 'here')
    const engine = await open(dir)
    expect(modeOf(dir)).toBe('700')
    for (const side of ['', '-wal', '-shm', '.lock']) {
      expect(`${side} ${modeOf(join(dir, fileName + side))}`).toBe(`${side} 600`)
    }
    await engine.close()
  })

  test('is narrowed when somebody widened it, and a folder that was there keeps its rights', async () => {
    await (await open(scratch.dir)).close()
    chmodSync(join(scratch.dir, fileName), 0o644)
    chmodSync(scratch.dir, 0o755)
    await (await open(scratch.dir)).close()
    expect(modeOf(join(scratch.dir, fileName))).toBe('600')
    expect(modeOf(scratch.dir)).toBe('755')
  })

  test('has one server: a second is refused with the process and the folder, until the first closes', async () => {
    const first = await open(scratch.dir)
    const second = open(scratch.dir)
    expect(await codeOf(second)).toBe('busy')
    await expect(second).rejects.toThrow(`process ${process.pid}`)
    await expect(second).rejects.toThrow(scratch.dir)
    await expect(first.check()).resolves.toBeUndefined()
    await first.close()
    await (await open(scratch.dir)).close()
  })

  test('stays locked against other processes when this one tries again or looks beside it', async () => {
    const first = await open(scratch.dir)
    await codeOf(open(scratch.dir))
    const tool = await openSqliteDatabase({ dir: scratch.dir, clock, isExclusive: false }).catch(
      () => undefined,
    )
    await tool?.close()
    const probe = spawnSync(
      process.execPath,
      ['--conditions=source', '--disable-warning=ExperimentalWarning', probePath, scratch.dir],
      { encoding: 'utf8' },
    )
    expect(probe.stderr).toBe('')
    expect(JSON.parse(probe.stdout)).toMatchObject({ [fileName]: 'busy' })
    await first.close()
  })

  test.each([
    ['text', Buffer.from('this is no database, but somebody wants to keep it\n'.repeat(100))],
    ['zeros', Buffer.alloc(8192)],
    ['a torn header', Buffer.from('SQLite format 3\0 and then nothing')],
  ])('with %s in it is refused and left untouched', async (_what, bytes) => {
    const path = join(scratch.dir, fileName)
    writeFileSync(path, bytes)
    const start = open(scratch.dir)
    expect(await codeOf(start)).toBe('file_damaged')
    await expect(start).rejects.toThrow(path)
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  test('of another program is refused and left untouched', async () => {
    const path = join(scratch.dir, fileName)
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE precious (x); PRAGMA user_version = 1')
    other.close()
    const start = open(scratch.dir)
    expect(await codeOf(start)).toBe('file_unreadable')
    await expect(start).rejects.toThrow('another program')
    const again = new DatabaseSync(path)
    expect(again.prepare('SELECT count(*) AS n FROM precious').get()).toEqual({ n: 0 })
    again.close()
  })

  test('of a newer version is refused and left untouched', async () => {
    await (await open(scratch.dir)).close()
    const path = join(scratch.dir, fileName)
    const newer = new DatabaseSync(path)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    const start = open(scratch.dir)
    expect(await codeOf(start)).toBe('file_unreadable')
    await expect(start).rejects.toThrow('newer version (schema 99')
  })

  test('in a folder that cannot be made is refused with its path', async () => {
    const blocked = join(scratch.dir, 'a-file')
    writeFileSync(blocked, '')
    const start = open(join(blocked, 'data'))
    expect(await codeOf(start)).toBe('file_unreadable')
    await expect(start).rejects.toThrow(blocked)
  })

  test('that is a folder is refused', async () => {
    mkdirSync(join(scratch.dir, fileName))
    expect(await codeOf(open(scratch.dir))).toBe('file_unreadable')
  })
})

test('a file that lost its end is refused and left untouched', async () => {
  const path = await filledQueue(scratch.dir)
  truncateSync(path, Math.floor(statSync(path).size / 2))
  const bytes = readFileSync(path)
  expect(await codeOf(openSqliteQueue({ dir: scratch.dir, clock }))).toBe('file_damaged')
  expect(readFileSync(path).equals(bytes)).toBe(true)
})

test('a file with a page of garbage is refused and left untouched', async () => {
  const path = await filledQueue(scratch.dir)
  const bytes = readFileSync(path)
  bytes.fill(0xa5, 4096 * 5, 4096 * 6)
  writeFileSync(path, bytes)
  expect(await codeOf(openSqliteQueue({ dir: scratch.dir, clock }))).toBe('file_damaged')
  expect(readFileSync(path).equals(bytes)).toBe(true)
})

test('a file that vanished from beside its write-ahead log is not started anew', async () => {
  const running = join(scratch.dir, 'running')
  const left = join(scratch.dir, 'left')
  mkdirSync(left)
  const queue = await openSqliteQueue({ dir: running, clock })
  await queue.enqueue(newUser(), record('x'))
  copyFileSync(join(running, 'queue.sqlite-wal'), join(left, 'queue.sqlite-wal'))
  await queue.close()
  const log = readFileSync(join(left, 'queue.sqlite-wal'))
  expect(await codeOf(openSqliteQueue({ dir: left, clock }))).toBe('file_damaged')
  expect(existsSync(join(left, 'queue.sqlite'))).toBe(false)
  expect(readFileSync(join(left, 'queue.sqlite-wal')).equals(log)).toBe(true)
})

test('an empty file, left by a start that was cut short, is begun', async () => {
  writeFileSync(join(scratch.dir, 'queue.sqlite'), '')
  const queue = await openSqliteQueue({ dir: scratch.dir, clock })
  const user = newUser()
  await queue.enqueue(user, record('x'))
  expect(await readAll(queue, user)).toHaveLength(1)
  await queue.close()
})

test('migrations run once each, in order, and only the missing ones', () => {
  const one = step(1, 'CREATE TABLE t (x); INSERT INTO t VALUES (1)')
  const two = step(2, 'INSERT INTO t SELECT x + 1 FROM t')
  openStoreFile({ dir: scratch.dir, schema: schema(one) }).close()
  openStoreFile({ dir: scratch.dir, schema: schema(one, two) }).close()
  const file = openStoreFile({ dir: scratch.dir, schema: schema(one, two) })
  expect(file.db.prepare('SELECT x FROM t ORDER BY x').all()).toEqual([{ x: 1 }, { x: 2 }])
  file.close()
})

test('a migration that fails leaves the schema as it was', () => {
  const one = step(1, 'CREATE TABLE t (x)')
  const broken = step(
    2,
    'INSERT INTO t VALUES (1); CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)',
  )
  expect(() => openStoreFile({ dir: scratch.dir, schema: schema(one, broken) })).toThrow()
  const file = openStoreFile({ dir: scratch.dir, schema: schema(one) })
  expect(file.db.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 })
  expect(file.db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'half'").get()).toBeUndefined()
  file.close()
})

test('a file is closed as often as somebody likes', () => {
  const file = openStoreFile({ dir: scratch.dir, schema: schema(step(1, 'CREATE TABLE t (x)')) })
  file.close()
  file.close()
  const db = new DatabaseSync(':memory:')
  migrate(db, schema(), ':memory:')
  db.close()
})

test('a tool does not bring a new schema to a file that a server is using', () => {
  const one = step(1, 'CREATE TABLE t (x)')
  const two = step(2, 'ALTER TABLE t ADD COLUMN y')
  const server = openStoreFile({ dir: scratch.dir, schema: schema(one) })
  const asTool = () =>
    openStoreFile({ dir: scratch.dir, schema: schema(one, two), isExclusive: false })
  expect(asTool).toThrow('Another server')
  server.close()
  asTool().close()
  const file = openStoreFile({ dir: scratch.dir, schema: schema(one, two) })
  expect(file.db.prepare('SELECT y FROM t').all()).toEqual([])
  file.close()
})
