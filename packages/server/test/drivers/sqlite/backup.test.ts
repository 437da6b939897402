import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { QueueRecord } from '@secure-chat/protocol'
import {
  backupSqlite,
  openSqliteDatabase,
  openSqliteQueue,
} from '../../../src/drivers/sqlite/index.ts'
import { codeOf, newUser, readAll, record } from '../queue-rules/kit.ts'
import { account, session } from '../user-rules/kit.ts'
import { scratchFolder } from './scratch.ts'
import { testClock } from './test-clock.ts'

const clock = testClock()
const scratch = scratchFolder()
const folders = () => ({ from: join(scratch.dir, 'data'), to: join(scratch.dir, 'copy') })

test('a copy made under load holds all that was acknowledged before, in order, and starts', async () => {
  const { from, to } = folders()
  const queue = await openSqliteQueue({ dir: from, clock })
  const database = await openSqliteDatabase({ dir: from, clock })
  const users = [newUser(), newUser(), newUser()]
  const made = session(users[0] ?? newUser())
  for (const user of users) await database.users.create(account(user))
  await database.sessions.create(made)
  const sent = new Map<string, QueueRecord[]>(users.map((user) => [user, []]))
  const writeRound = () =>
    Promise.all(
      users.map(async (user) => {
        const each = record(`${sent.get(user)?.length}`)
        sent.get(user)?.push(each)
        await queue.enqueue(user, each)
      }),
    )
  for (let round = 0; round < 100; round += 1) await writeRound()
  let isCopied = false
  const copying = backupSqlite({ from, to }).finally(() => {
    isCopied = true
  })
  while (!isCopied) await writeRound()
  expect((await copying).map((file) => file.slice(to.length + 1))).toEqual([
    'users.sqlite',
    'queue.sqlite',
  ])
  await queue.close()
  await database.close()

  const queueCopy = await openSqliteQueue({ dir: to, clock })
  const databaseCopy = await openSqliteDatabase({ dir: to, clock })
  expect(await databaseCopy.serverId()).toMatch(/^[0-9a-f-]{36}$/)
  expect(await databaseCopy.sessions.find(made.sidHash)).toEqual(made)
  for (const user of users) {
    expect(await databaseCopy.users.find(user)).toBeDefined()
    const found = await readAll(queueCopy, user)
    expect(found.length).toBeGreaterThanOrEqual(100)
    expect(found).toEqual(sent.get(user)?.slice(0, found.length))
  }
  await queueCopy.close()
  await databaseCopy.close()
})

test('cursors given out after the copy was made lead to what comes after the restore', async () => {
  const { from, to } = folders()
  const user = newUser()
  const queue = await openSqliteQueue({ dir: from, clock })
  await queue.enqueue(user, record('in the copy'))
  const early = await queue.end(user)
  await backupSqlite({ from, to })
  await queue.enqueue(user, record('lost 1'))
  await queue.enqueue(user, record('lost 2'))
  const late = await queue.end(user)
  await queue.close()

  const restored = await openSqliteQueue({ dir: to, clock })
  for (const text of ['new 1', 'new 2', 'new 3']) await restored.enqueue(user, record(text))
  for (const after of [early, late]) {
    const found = await readAll(restored, user, { after })
    expect(found.map((each) => each.message)).toEqual(['new 1', 'new 2', 'new 3'])
  }
  expect(await readAll(restored, user, { limit: 1 })).toHaveLength(4)
  await restored.close()
})

test('a copy of a copy leaps again, also from mailboxes that are empty', async () => {
  const { from, to } = folders()
  const user = newUser()
  let queue = await openSqliteQueue({ dir: from, clock })
  await queue.createMailbox(user)
  await queue.close()
  const ends = new Set<string>()
  let dir = from
  for (const copy of [to, `${to}2`, `${to}3`]) {
    await backupSqlite({ from: dir, to: copy })
    queue = await openSqliteQueue({ dir: copy, clock })
    ends.add(await queue.end(user))
    expect(await queue.read(user, { limit: 1 })).toMatchObject({ items: [], more: false })
    await queue.close()
    dir = copy
  }
  expect(ends.size).toBe(3)
})

test('a copy is readable by its owner only and stands alone', async () => {
  const { from, to } = folders()
  await (await openSqliteQueue({ dir: from, clock })).close()
  const [file] = await backupSqlite({ from, to })
  expect(readdirSync(to)).toEqual(['queue.sqlite'])
  expect(statSync(file ?? '').mode & 0o777).toBe(0o600)
  expect(statSync(to).mode & 0o777).toBe(0o700)
})

test('never replaces a file', async () => {
  const { from, to } = folders()
  await (await openSqliteQueue({ dir: from, clock })).close()
  await (await openSqliteDatabase({ dir: from, clock })).close()
  mkdirSync(to)
  writeFileSync(join(to, 'queue.sqlite'), 'an older backup')
  expect(await codeOf(backupSqlite({ from, to }))).toBe('usage')
  expect(readFileSync(join(to, 'queue.sqlite'), 'utf8')).toBe('an older backup')
  expect(readdirSync(to)).toEqual(['queue.sqlite'])
  expect(await codeOf(backupSqlite({ from, to: from }))).toBe('usage')
})

test('says so when there is nothing to copy, or nowhere to put it', async () => {
  const { from, to } = folders()
  expect(await codeOf(backupSqlite({ from, to }))).toBe('usage')
  await (await openSqliteQueue({ dir: from, clock })).close()
  writeFileSync(to, '')
  expect(await codeOf(backupSqlite({ from, to: join(to, 'below') }))).toBe('file_unreadable')
})

test('does not pass damage on', async () => {
  const { from, to } = folders()
  const queue = await openSqliteQueue({ dir: from, clock })
  const user = newUser()
  for (let count = 0; count < 50; count += 1) await queue.enqueue(user, record('x'.repeat(3000)))
  await queue.close()
  const path = join(from, 'queue.sqlite')
  const bytes = readFileSync(path)
  bytes.fill(0xa5, 4096 * 5, 4096 * 6)
  writeFileSync(path, bytes)
  expect(await codeOf(backupSqlite({ from, to }))).toBe('file_damaged')
  expect(readdirSync(to)).toEqual([])
})
