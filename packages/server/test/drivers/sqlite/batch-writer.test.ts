import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteQueue } from '../../../src/drivers/sqlite/index.ts'
import { migrate } from '../../../src/drivers/sqlite/migrate.ts'
import {
  type BatchWriter,
  type MessageRow,
  makeBatchWriter,
} from '../../../src/drivers/sqlite/queue/batch-writer.ts'
import { insertMessage } from '../../../src/drivers/sqlite/queue/insert-message.ts'
import { makeSqliteQueue } from '../../../src/drivers/sqlite/queue/open-queue.ts'
import { queueSchema } from '../../../src/drivers/sqlite/queue/schema.ts'
import { silentLog } from '../../../src/ports/index.ts'
import { codeIn, expireAll, follow, newUser, readAll, record } from '../queue-rules/kit.ts'
import { RecordingDatabase } from './recording-database.ts'
import { testClock } from './test-clock.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const someTurns = async () => {
  for (let turns = 0; turns < 5; turns += 1) await turn()
}

/** A queue whose batches commit when they are told to. */
function openSlow() {
  const db = new RecordingDatabase(':memory:')
  migrate(db, queueSchema, ':memory:')
  const insert = db.prepare(insertMessage)
  const batches: Array<{ rows: readonly MessageRow[]; settled: PromiseWithResolvers<void> }> = []
  const state = { isClosed: false }
  const writer: BatchWriter = {
    write(rows) {
      const settled = Promise.withResolvers<void>()
      batches.push({ rows, settled })
      return settled.promise
    },
    async close() {
      state.isClosed = true
    },
  }
  const errors: object[] = []
  const log = { ...silentLog, error: (fields: object) => void errors.push(fields) }
  const queue = makeSqliteQueue({ db, clock: testClock(), log, writer, release: () => db.close() })
  return {
    db,
    queue,
    batches,
    state,
    errors,
    /** Commits it, and answers when `answer` is called. */
    commit(index: number): () => void {
      const batch = batches[index]
      if (batch === undefined) throw new Error(`There is no batch ${index}.`)
      for (const row of batch.rows) insert.run(...row)
      return batch.settled.resolve
    },
  }
}

test('answers, shows and delivers nothing of a batch before its commit is confirmed', async () => {
  const { queue, batches, commit } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  const end = await queue.end(user)
  const follower = follow(queue, user, end)
  await someTurns()
  let isAnswered = false
  const write = queue.enqueue(user, record('one')).then(() => {
    isAnswered = true
  })
  await someTurns()
  const answer = commit(0)
  const late = follow(queue, user, end)
  await someTurns()
  expect(batches).toHaveLength(1)
  expect(isAnswered).toBe(false)
  expect(await readAll(queue, user)).toEqual([])
  expect(await queue.end(user)).toBe(end)
  expect([...follower.messages(), ...late.messages()]).toEqual([])

  answer()
  await write
  await Promise.all([follower.got(1), late.got(1)])
  expect([...follower.messages(), ...late.messages()]).toEqual(['one', 'one'])
  expect((await readAll(queue, user)).map((each) => each.message)).toEqual(['one'])
  await queue.close()
})

test('makes one batch of all that comes while one is under way', async () => {
  const { queue, batches, commit } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  const first = queue.enqueue(user, record('0'))
  await someTurns()
  const rest: Promise<void>[] = []
  for (const text of ['1', '2', '3', '4']) {
    rest.push(queue.enqueue(user, record(text)))
    await someTurns()
  }
  expect(batches).toHaveLength(1)
  commit(0)()
  await first
  await someTurns()
  commit(1)()
  await Promise.all(rest)
  expect(batches.map(({ rows }) => rows.length)).toEqual([1, 4])
  expect((await readAll(queue, user)).map((each) => each.message)).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
  ])
  await queue.close()
})

test('refuses a batch that failed as a whole, and takes the next', async () => {
  const { queue, batches, commit, errors } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  const writes = [queue.enqueue(user, record('lost')), queue.enqueue(user, record('lost too'))]
  await someTurns()
  const full = Object.assign(new Error('database or disk is full'), {
    code: 'ERR_SQLITE_ERROR',
    errcode: 13,
  })
  batches[0]?.settled.reject(full)
  for (const each of await Promise.allSettled(writes)) {
    expect(each.status === 'rejected' && codeIn(each.reason)).toBe('queue_unavailable')
  }
  expect(errors).toMatchObject([{ fault: 'disk_full', refused: 2 }])
  const next = queue.enqueue(user, record('kept'))
  await someTurns()
  commit(1)()
  await next
  expect((await readAll(queue, user)).map((each) => each.message)).toEqual(['kept'])
  await queue.close()
})

test('keeps the order of a removal behind a batch that is under way', async () => {
  const { queue, commit } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  const old = queue.enqueue(user, record('old'))
  await someTurns()
  const removal = queue.removeMailbox(user)
  const again = queue.enqueue(user, record('new'))
  await someTurns()
  commit(0)()
  await Promise.all([old, removal, again])
  expect((await readAll(queue, user)).map((each) => each.message)).toEqual(['new'])
  await queue.close()
})

test('retention waits for a batch that is under way', async () => {
  const { queue, commit } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  const write = queue.enqueue(user, record('x'))
  await someTurns()
  let isDone = false
  const expiring = expireAll(queue, { before: Number.MAX_SAFE_INTEGER, maxBytes: 1e9 }).then(
    (removed) => {
      isDone = true
      return removed
    },
  )
  await someTurns()
  expect(isDone).toBe(false)
  commit(0)()
  await write
  expect(await expiring).toBe(1)
  await queue.close()
})

test('closes after the last batch is confirmed', async () => {
  const { queue, commit, state } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  const first = queue.enqueue(user, record('first'))
  await someTurns()
  const second = queue.enqueue(user, record('second'))
  let isClosed = false
  const closing = queue.close().then(() => {
    isClosed = true
  })
  await someTurns()
  commit(0)()
  await first
  await someTurns()
  expect([isClosed, state.isClosed]).toEqual([false, false])
  commit(1)()
  await Promise.all([second, closing])
  expect(state.isClosed).toBe(true)
})

test('closes with several batches waiting, one at a time, each answered by its own commit', async () => {
  const { queue, batches, commit } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  let answered = 0
  const writes = Array.from({ length: 1500 }, async (_, index) => {
    await queue.enqueue(user, record(String(index)))
    answered += 1
  })
  const closing = queue.close()
  for (const [index, size] of [512, 512, 476].entries()) {
    await someTurns()
    expect(batches.map(({ rows }) => rows.length)).toHaveLength(index + 1)
    expect(batches[index]?.rows).toHaveLength(size)
    expect(answered).toBe(512 * index)
    commit(index)()
  }
  await Promise.all([...writes, closing])
  expect(answered).toBe(1500)
})

test('a thread lost after its commit refuses the batch, and no tail leaves it out', async () => {
  const { queue, batches, commit } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  const follower = follow(queue, user, await queue.end(user))
  await someTurns()
  const lost = queue.enqueue(user, record('kept all the same'))
  await someTurns()
  commit(0)
  batches[0]?.settled.reject(new Error('the thread ended'))
  await expect(lost).rejects.toThrow('the thread ended')
  const next = queue.enqueue(user, record('next'))
  await someTurns()
  commit(1)()
  await next
  await follower.got(2)
  expect(follower.messages()).toEqual(['kept all the same', 'next'])
  await queue.close()
})

test('a mailbox read anew while its commit is under way delivers nothing twice', async () => {
  const { queue, commit } = openSlow()
  const user = newUser()
  await queue.createMailbox(user)
  const end = await queue.end(user)
  const writes = [queue.enqueue(user, record('one'))]
  await someTurns()
  const answer = commit(0)
  // What is remembered is bounded: enough other mailboxes make the queue read this one again.
  for (let count = 0; count < 100_000; count += 1) await queue.end(`other${count}` as typeof user)
  const follower = follow(queue, user, end)
  await follower.got(1)
  answer()
  await Promise.all(writes)
  writes.push(queue.enqueue(user, record('two')))
  await someTurns()
  commit(1)()
  await Promise.all(writes)
  await follower.got(2)
  expect(follower.messages()).toEqual(['one', 'two'])
  await queue.close()
})

test('the thread writes what the file then holds, and ends with the queue', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-batch-'))
  const queue = await openSqliteQueue({ dir, clock: testClock() })
  const user = newUser()
  await queue.createMailbox(user)
  const texts = Array.from({ length: 700 }, (_, index) => String(index))
  await Promise.all(texts.map((text) => queue.enqueue(user, record(text))))
  await queue.close()
  expect(existsSync(join(dir, 'queue.sqlite-wal'))).toBe(false)
  const again = await openSqliteQueue({ dir, clock: testClock() })
  expect((await readAll(again, user)).map((each) => each.message)).toEqual(texts)
  await again.close()
  rmSync(dir, { recursive: true })
})

test('a thread that cannot work refuses its batch, and the next one gets a new thread', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-batch-'))
  const writer = makeBatchWriter(join(dir, 'missing', 'queue.sqlite'))
  const row: MessageRow = [1, 0, 0, 1, 1, 'x']
  await expect(writer.write([row])).rejects.toThrow('unable to open')
  await expect(writer.write([row])).rejects.toThrow()
  await writer.close()

  const path = join(dir, 'queue.sqlite')
  const db = new RecordingDatabase(path)
  migrate(db, queueSchema, path)
  const repeated = makeBatchWriter(path)
  await repeated.write([row])
  await expect(repeated.write([[2, 0, 0, 1, 1, 'y'], row])).rejects.toMatchObject({
    code: 'ERR_SQLITE_ERROR',
  })
  expect(db.prepare('SELECT mailbox FROM message').all()).toEqual([{ mailbox: 1 }])
  await repeated.close()
  db.close()
  rmSync(dir, { recursive: true })
})
