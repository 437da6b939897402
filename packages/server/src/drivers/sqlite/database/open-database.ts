import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { type Clock, type Log, silentLog, type UserDatabase } from '../../../ports/index.ts'
import { textIn } from '../row.ts'
import { openStoreFile } from '../store-file.ts'
import { makeClaimStore } from './claims.ts'
import { makeBlockStore, makeContactStore } from './contacts.ts'
import { makeEngine } from './engine.ts'
import { makePluginStore } from './plugin-storage.ts'
import { makePresenceStore } from './presence.ts'
import { usersSchema } from './schema.ts'
import { makeSessionStore } from './sessions.ts'
import { makeTransfer } from './transfer.ts'
import { makeUserStore } from './users.ts'

/**
 * Opens the embedded user database, `users.sqlite` of `dir`.
 *
 * `isExclusive: false` opens it beside a running server, for the operator's tools: the server hears of ended
 * sessions as from another node.
 *
 * @throws ChatError `busy` (another server uses the folder), `file_damaged`, `file_unreadable`, `disk_full`
 */
export async function openSqliteDatabase(options: {
  readonly dir: string
  readonly clock: Clock
  readonly log?: Log
  readonly isExclusive?: boolean
}): Promise<UserDatabase> {
  const { dir, clock, log = silentLog, isExclusive = true } = options
  const file = openStoreFile({ dir, schema: usersSchema, isExclusive })
  try {
    return makeSqliteDatabase({ db: file.db, clock, log, release: file.close })
  } catch (error) {
    file.close()
    throw error
  }
}

/** The database on an open file with the schema in place. `release` is called once, by `close()`. */
export function makeSqliteDatabase(o: {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly log: Log
  readonly release: () => void
}): UserDatabase {
  const { db } = o
  const engine = makeEngine(db, o.clock, o.log)
  const selectId = db.prepare("SELECT value FROM meta WHERE key = 'server_id'")
  db.prepare("INSERT INTO meta VALUES ('server_id', ?) ON CONFLICT DO NOTHING").run(randomUUID())
  let closing: Promise<void> | undefined

  return {
    serverId: () => engine.read(() => textIn(selectId.get() ?? {}, 'value')),
    users: makeUserStore(engine),
    sessions: makeSessionStore(engine),
    presence: makePresenceStore(engine),
    contacts: makeContactStore(engine),
    blocks: makeBlockStore(engine),
    claims: makeClaimStore(engine),
    pluginStorage: makePluginStore(engine),
    transfer: makeTransfer(engine),
    check: engine.check,
    close() {
      closing ??= engine.close().then(o.release)
      return closing
    },
  }
}
