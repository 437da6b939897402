import type { DatabaseTransfer, TransferTable } from '../../../ports/index.ts'
import type { Engine } from './engine.ts'
import { type StoredTable, storedTables } from './transfer-tables.ts'

export function makeTransfer(engine: Engine): DatabaseTransfer {
  const setId = engine.db.prepare("UPDATE meta SET value = ? WHERE key = 'server_id'")
  return {
    setServerId: (id) => engine.write(() => void setId.run(id)),
    tables: {
      users: makeTable(engine, storedTables.users),
      removedNames: makeTable(engine, storedTables.removedNames),
      keyChanges: makeTable(engine, storedTables.keyChanges),
      sessions: makeTable(engine, storedTables.sessions),
      presence: makeTable(engine, storedTables.presence),
      contacts: makeTable(engine, storedTables.contacts),
      blocks: makeTable(engine, storedTables.blocks),
      claims: makeTable(engine, storedTables.claims),
      pluginValues: makeTable(engine, storedTables.pluginValues),
    },
  }
}

function makeTable<R>({ db, read, write }: Engine, o: StoredTable<R>): TransferTable<R> {
  const { table, expiry } = o
  const key = Object.keys(o.key)
  const columns = Object.keys(o.columns)
  const rest = columns.slice(key.length)
  const marks = (list: readonly string[]) => list.map(() => '?').join(', ')
  // The plus keeps the index of expiry out: pages go by the key.
  const alive = expiry === undefined ? '' : `AND (${expiry} IS NULL OR +${expiry} > ?)`
  const changes = rest.map((column) => `${column} = excluded.${column}`).join(', ')
  const select = db.prepare(
    `SELECT ${columns} FROM ${table} WHERE (${key}) > (${marks(key)}) ${alive} ORDER BY ${key} LIMIT ?`,
  )
  const upsert = db.prepare(
    `INSERT INTO ${table} (${columns}) VALUES (${marks(columns)})
     ON CONFLICT (${key}) DO ${changes === '' ? 'NOTHING' : `UPDATE SET ${changes}`}`,
  )
  const removal = db.prepare(
    `DELETE FROM ${table} WHERE ${key.map((column) => `${column} = ?`).join(' AND ')}`,
  )
  const valuesOf = (row: R) => Object.values(o.columns).map((value) => value(row))
  const keyOf = (row: R) => valuesOf(row).slice(0, key.length)

  return {
    page: ({ after, limit, now }) =>
      read(() => {
        const from = after === undefined ? Object.values(o.key) : keyOf(after)
        const times = expiry === undefined ? [] : [now]
        return select.all(...from, ...times, limit).map(o.read)
      }),
    put: (rows) =>
      write(() => {
        for (const row of rows) upsert.run(...valuesOf(row))
      }),
    remove: (rows) =>
      write(() => {
        for (const row of rows) removal.run(...keyOf(row))
      }),
  }
}
