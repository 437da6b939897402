import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { types } from 'node:util'
import { ChatError } from '@secure-chat/protocol'
import type { Row } from './rows.ts'

/** An opened SQLite file whose failures are ChatErrors: `disk_full`, `file_damaged`, `file_unreadable`. */
export type SqliteFile = {
  exec(sql: string): void
  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number }
  get(sql: string, ...values: SQLInputValue[]): Row | undefined
  all(sql: string, ...values: SQLInputValue[]): Row[]
  /**
   * BEGIN IMMEDIATE … COMMIT around a synchronous function; a throw rolls back. Inside another one it joins it.
   * Never await inside: everything of this process shares the connection.
   */
  transaction<T>(run: () => T): T
  close(): void
}

/** Waits at most this long for another process's write; each of ours takes a few milliseconds. */
const busyTimeoutMs = 5_000

/** secure_delete: what is deleted (keys, above all) is overwritten, not only unlinked. */
const settings =
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;'

/** SQLITE_IOERR_SHMSIZE: the -shm file of an existing database cannot be made, which only a full disk brings about. */
const sharedMemoryTooSmall = 4874

export function openSqliteFile(path: string): SqliteFile {
  const database = guard(path, () => {
    const opened = new DatabaseSync(path, { timeout: busyTimeoutMs })
    try {
      opened.exec(settings)
      return opened
    } catch (error) {
      opened.close()
      throw error
    }
  })
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known) return known
    const made = database.prepare(sql)
    statements.set(sql, made)
    return made
  }
  let isInTransaction = false

  return {
    exec: (sql) => guard(path, () => database.exec(sql)),
    run: (sql, ...values) =>
      guard(path, () => {
        const { changes, lastInsertRowid } = prepared(sql).run(...values)
        return { changes: Number(changes), lastId: Number(lastInsertRowid) }
      }),
    get: (sql, ...values) => guard(path, () => prepared(sql).get(...values)),
    all: (sql, ...values) => guard(path, () => prepared(sql).all(...values)),
    transaction(run) {
      if (isInTransaction) return run()
      return guard(path, () => {
        database.exec('BEGIN IMMEDIATE')
        isInTransaction = true
        try {
          const result = run()
          if (types.isPromise(result)) throw new TypeError('a transaction must not be asynchronous')
          database.exec('COMMIT')
          return result
        } catch (error) {
          // SQLite rolls back by itself on some failures (a full disk); a second ROLLBACK would hide the cause.
          if (database.isTransaction) database.exec('ROLLBACK')
          throw error
        } finally {
          isInTransaction = false
        }
      })
    },
    close() {
      statements.clear()
      if (database.isOpen) database.close()
    },
  }
}

function guard<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw asChatError(path, error)
  }
}

function asChatError(path: string, error: unknown): unknown {
  if (!types.isNativeError(error) || !('errcode' in error)) return error
  const code = Number(error.errcode)
  // Primary result codes, https://www.sqlite.org/rescode.html; the upper bits only refine them.
  switch (code === sharedMemoryTooSmall ? 13 : code & 0xff) {
    case 13:
      return new ChatError(
        'disk_full',
        `The disk is full, so nothing was stored in ${path}. Free some space and try again; nothing that was stored before is lost.`,
        { cause: error },
      )
    case 11:
    case 26:
      return new ChatError(
        'file_damaged',
        `${path} is damaged: a part of it cannot be read, perhaps because of a failing disk. Copy its folder elsewhere first; then put back a backup, or wipe the profile (secure-chat logout --wipe) and sign in again with your exported key.`,
        {
          cause: error,
        },
      )
    case 5:
    case 6:
      return new ChatError(
        'file_unreadable',
        `Another secure-chat process has kept ${path} locked for ${busyTimeoutMs / 1000} s. Try again; if it stays so, end that process.`,
        { cause: error },
      )
    case 3:
    case 8:
    case 10:
    case 14:
      return new ChatError(
        'file_unreadable',
        `${path} cannot be read or written: ${error.message}. Check that the folder exists, is yours and is on a writable disk.`,
        { cause: error },
      )
    default:
      return error
  }
}
