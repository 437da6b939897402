import { randomUUID } from 'node:crypto'
import type { UserName } from '@secure-chat/protocol'
import type {
  DatabaseTransfer,
  TransferRows,
  TransferTableName,
  UserDatabase,
} from '../../../server/index.ts'
import type { OpenDatabase } from '../database-under-test.ts'
import { describe, expect, test } from '../suite.ts'
import { account, newFingerprint, newUser, now, session, sharedDatabase } from './kit.ts'

/** Engines that clear away by themselves what has expired go by the real time. */
const later = Math.max(now, Date.now()) + 86_400_000

export function transferRules(open: OpenDatabase): void {
  describe('transfer', () => {
    const shared = sharedDatabase(open)
    const other = sharedDatabase(open)

    test.each(tableNames)(
      'gives rows of %s in the order of their key, in pages of any size',
      async (name) => {
        const { tables } = transferOf(shared.database)
        const stem = newUser()
        await putAccounts(tables, name, stem)
        await putOne(tables, name, rowsOf(stem)[name])
        const whole = await ownRows(tables, name, stem, 1000)
        expect(whole).toEqual(rowsOf(stem)[name])
        for (const limit of [1, 2, 3])
          expect(await ownRows(tables, name, stem, limit)).toEqual(whole)
      },
    )

    test.each(tableNames)(
      'puts rows of %s in the place of those with the same key, and removes by key',
      async (name) => {
        const { tables } = transferOf(shared.database)
        const stem = newUser()
        const rows = rowsOf(stem)
        await putAccounts(tables, name, stem)
        await putOne(tables, name, rows[name])
        await putOne(tables, name, rows[name])
        await putOne(tables, name, changed(rows)[name])
        expect(await ownRows(tables, name, stem)).toEqual(changed(rows)[name])
        await removeOne(tables, name, rows[name].slice(1, 2))
        await removeOne(tables, name, rows[name].slice(1, 2))
        expect(await ownRows(tables, name, stem)).toEqual(
          changed(rows)[name].filter((_, index) => index !== 1),
        )
        await putOne(tables, name, [])
        await removeOne(tables, name, [])
      },
    )

    test('puts an account in the place of another without touching what is kept by it', async () => {
      const { tables } = transferOf(shared.database)
      const stem = newUser()
      const rows = rowsOf(stem)
      for (const name of ['users', 'keyChanges', 'presence'] as const) {
        await putOne(tables, name, rows[name])
      }
      await putOne(tables, 'users', changed(rows).users)
      expect(await ownRows(tables, 'keyChanges', stem)).toEqual(rows.keyChanges)
      expect(await ownRows(tables, 'presence', stem)).toEqual(rows.presence)
    })

    test('gives what the stores were told, and another database that takes it tells the same', async () => {
      const stem = newUser()
      const [ann, ben, gone] = ['a', 'b', 'c'].map((end) => `${stem}${end}` as UserName) as [
        UserName,
        UserName,
        UserName,
      ]
      const made = await live(shared.database, ann, ben, gone)
      const from = transferOf(shared.database)
      const to = transferOf(other.database)
      for (const name of tableNames)
        await putOne(to.tables, name, await ownRows(from.tables, name, stem))

      const { users, presence, contacts, blocks, sessions, claims, pluginStorage } = other.database
      expect(await users.find(ann)).toEqual(await shared.database.users.find(ann))
      expect(await users.find(ben)).toMatchObject({ isSuspended: true })
      expect(await users.find(gone)).toBeUndefined()
      expect(await users.create(account(gone))).toBe('taken')
      expect(await users.keyChanges(ann, 20)).toEqual(
        await shared.database.users.keyChanges(ann, 20),
      )
      expect(await users.hadKey(ann, made.oldFingerprint)).toBe(true)
      expect(await users.list({ prefix: stem, limit: 9 })).toEqual([ann, ben])
      expect(await users.list({ prefix: stem, limit: 9, seenSince: now })).toEqual([ann])
      expect(await presence.find([ann])).toEqual([
        { name: ann, state: 'busy', text: '日本', lastSeenAt: now + 5 },
      ])
      expect(await contacts.list(ann, now)).toEqual([ben])
      expect(await contacts.list(ben, now)).toEqual([ann])
      expect(await blocks.list(ben)).toEqual([ann])
      expect(await sessions.find(made.session.sidHash)).toEqual(made.session)
      expect(await sessions.listByUser(ann, now)).toEqual([made.session])
      expect(await claims.claim(`${stem}claim`, { now, expiresAt: later })).toBe(false)
      expect(await pluginStorage.get(`${stem}plugin`, 'k', now)).toEqual({ deep: [1, null, 'ü'] })

      // And goes on from there like a database that was never another.
      await users.changeKey(ann, keyChange(1))
      expect((await users.keyChanges(ann, 20)).map(({ seq }) => seq)).toEqual([1, 2])
      expect(await pluginStorage.increment(`${stem}plugin`, 'n', 2, { now })).toBe(9)
      await users.remove(ann)
      expect(await contacts.list(ben, 0)).toEqual([])
    })

    test.each(['sessions', 'claims', 'pluginValues'] as const)(
      'leaves out %s that have expired',
      async (name) => {
        const { tables } = transferOf(shared.database)
        const stem = newUser()
        await putOne(tables, name, rowsOf(stem)[name])
        expect(await ownRows(tables, name, stem, 10, later - 1)).toHaveLength(
          rowsOf(stem)[name].length,
        )
        expect(await ownRows(tables, name, stem, 10, later)).toEqual(
          rowsOf(stem)[name].filter((row) => row.expiresAt === null),
        )
      },
    )

    test('gives the server the id of another, for good', async () => {
      const { database, reopen, close } = await open()
      const before = await database.serverId()
      const id = randomUUID()
      await transferOf(database).setServerId(id)
      expect(await database.serverId()).toBe(id)
      const again = reopen ? await reopen() : database
      expect(await again.serverId()).toBe(id)
      await transferOf(again).setServerId(before)
      await close()
    })
  })
}

type Rows = { readonly [Name in TransferTableName]: TransferRows[Name][] }

/** Rows of every table in the order of its key; names and texts are those at which orders differ. */
function rowsOf(stem: string): Rows {
  const names = ['-', '0', '_', '_a', 'a', 'a-b', 'ab'].map((end) => `${stem}${end}` as UserName)
  const [first, second] = names as [UserName, UserName]
  const ofStem = stem as UserName
  return {
    users: names.map((name) => ({
      ...account(name),
      fingerprint: fingerprintOf(name),
      seq: 2,
      changedAt: now + 1,
      isSuspended: name === second,
    })),
    removedNames: names.map((name) => ({ name })),
    keyChanges: [first, second].flatMap((name) =>
      [1, 2, 10].map((seq) => ({
        name,
        seq,
        oldKey: `key ${seq - 1}`,
        oldFingerprint: fingerprintOf(`${name}${seq}`),
        newKey: `key ${seq}`,
        at: now + seq,
        proof: seq === 2 ? null : { payload: 'e30', signatures: [{ a: ['ü', 1, null] }] },
      })),
    ),
    sessions: names
      .map((name) =>
        session(ofStem, { sidHash: fingerprintOf(name), client: name, expiresAt: later }),
      )
      .toSorted((a, b) => (a.sidHash < b.sidHash ? -1 : 1)),
    presence: names.map((name, index) => ({
      name,
      state: index % 2 ? 'away' : 'online',
      text: index % 2 ? null : '🙂',
      lastSeenAt: now + index,
    })),
    // By the first name, then by the second: not by the two run together.
    contacts: [
      { user: `${stem}a` as UserName, other: first, at: now },
      { user: `${stem}a` as UserName, other: second, at: now },
      { user: `${stem}a-b` as UserName, other: first, at: now + 1 },
    ],
    blocks: [
      { user: `${stem}a` as UserName, blocked: first },
      { user: `${stem}a` as UserName, blocked: second },
      { user: `${stem}a-b` as UserName, blocked: first },
    ],
    claims: names.map((name) => ({ key: `${name} claim`, expiresAt: later })),
    pluginValues: [
      ...['', '!', 'a b', 'z', 'ü', '日', '\u{ffee}', '\u{1f642}'].map((end, index) => ({
        plugin: `${stem}a`,
        key: `k${end}`,
        value: [null, 0, -1.5, 'text', true, { a: { $b: [1] }, 'c.d': 'ü' }, [], {}][index],
        expiresAt: index === 1 ? null : later,
      })),
      { plugin: `${stem}a-b`, key: 'k', value: 2 ** 40, expiresAt: null },
    ],
  }
}

/** The same keys with other content, where there is any beside the key. */
function changed(rows: Rows): Rows {
  return {
    ...rows,
    users: rows.users.map((row) => ({
      ...row,
      passwordHash: 'other',
      isSuspended: !row.isSuspended,
    })),
    keyChanges: rows.keyChanges.map((row) => ({ ...row, proof: { payload: 'other' } })),
    sessions: rows.sessions.map((row) => ({
      ...row,
      lastUsedAt: row.lastUsedAt - 1,
      expiresAt: later + 1,
    })),
    presence: rows.presence.map((row) => ({
      ...row,
      text: 'other',
      lastSeenAt: row.lastSeenAt - 1,
    })),
    contacts: rows.contacts.map((row) => ({ ...row, at: row.at - 1 })),
    claims: rows.claims.map((row) => ({ ...row, expiresAt: later + 1 })),
    pluginValues: rows.pluginValues.map((row) => ({ ...row, value: 'other', expiresAt: null })),
  }
}

async function live(database: UserDatabase, ann: UserName, ben: UserName, gone: UserName) {
  const { users, presence, contacts, blocks, sessions, claims, pluginStorage } = database
  const made = account(ann)
  await users.create(made)
  for (const name of [ben, gone]) await users.create(account(name))
  await users.changeKey(ann, keyChange(0))
  await users.setSuspended(ben, true)
  await users.remove(gone)
  await presence.set(ann, { state: 'busy', text: '日本', at: now + 5 })
  await contacts.touch(ann, ben, now)
  await blocks.add(ben, ann)
  const theirs = session(ann, { expiresAt: later })
  await sessions.create(theirs)
  const stem = ann.slice(0, -1)
  await claims.claim(`${stem}claim`, { now, expiresAt: later })
  await pluginStorage.set(`${stem}plugin`, 'k', { deep: [1, null, 'ü'] }, later)
  await pluginStorage.increment(`${stem}plugin`, 'n', 7, { now })
  return { session: theirs, oldFingerprint: made.fingerprint }
}

function keyChange(expectedSeq: number) {
  return {
    expectedSeq,
    publicKey: `key ${expectedSeq + 1}`,
    fingerprint: newFingerprint(),
    at: now + expectedSeq,
    proof: { payload: 'e30' },
  }
}

const fingerprints = new Map<string, ReturnType<typeof newFingerprint>>()

/** The same for the same text, as the rows of a test are made more than once. */
function fingerprintOf(text: string): ReturnType<typeof newFingerprint> {
  const made = fingerprints.get(text) ?? newFingerprint()
  fingerprints.set(text, made)
  return made
}

const tableNames = Object.keys(rowsOf('x')) as TransferTableName[]

function transferOf({ transfer }: UserDatabase): DatabaseTransfer {
  if (transfer === undefined) throw new Error('This driver has no transfer.')
  return transfer
}

/** The rows of one test in a database that others may fill, page by page. */
async function ownRows<Name extends TransferTableName>(
  tables: DatabaseTransfer['tables'],
  name: Name,
  stem: string,
  limit = 100,
  at = now,
): Promise<TransferRows[Name][]> {
  const rows: TransferRows[Name][] = []
  for (;;) {
    const after = rows.at(-1)
    const page = await tables[name].page({ limit, now: at, ...(after && { after }) })
    expect(page.length).toBeLessThanOrEqual(limit)
    if (page.length === 0) break
    rows.push(...page)
  }
  return rows.filter((row) => JSON.stringify(row).includes(stem))
}

/** Those that the rows of a table are kept by. */
async function putAccounts(
  tables: DatabaseTransfer['tables'],
  name: TransferTableName,
  stem: string,
): Promise<void> {
  if (name === 'keyChanges' || name === 'presence') await tables.users.put(rowsOf(stem).users)
}

function putOne<Name extends TransferTableName>(
  tables: DatabaseTransfer['tables'],
  name: Name,
  rows: readonly TransferRows[Name][],
): Promise<void> {
  return tables[name].put(rows)
}

function removeOne<Name extends TransferTableName>(
  tables: DatabaseTransfer['tables'],
  name: Name,
  rows: readonly TransferRows[Name][],
): Promise<void> {
  return tables[name].remove(rows)
}
