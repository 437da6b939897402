import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { asStorageError, damaged, refuseDamage } from './failure.ts'
import { takeLock } from './lock.ts'
import { isMigrationDue, migrate, type Schema } from './migrate.ts'
import { makePrivateFile, makePrivateFolder } from './private-file.ts'

export interface StoreFile {
  readonly db: DatabaseSync
  readonly path: string
  /** Closes the database, then lets go of the lock. Again is harmless. */
  close(): void
}

/** Up to this size every page is checked at the start (well under a second); beyond it SQLite finds damage as it reads. */
const checkedWholeBytes = 64 * 1024 * 1024

/**
 * Opens one of the server's SQLite files, durable to the last acknowledged byte, with the newest schema.
 *
 * @throws ChatError `busy` (another server uses it), `file_damaged`, `file_unreadable` (another program's or a newer
 * version's), `disk_full`. The file is never replaced or emptied.
 */
export function openStoreFile(options: {
  readonly dir: string
  readonly schema: Schema
  /** False: beside a running server, for its operator's tools. */
  readonly isExclusive?: boolean
}): StoreFile {
  const dir = resolve(options.dir)
  const path = join(dir, options.schema.fileName)
  try {
    makePrivateFolder(dir)
    const { schema, isExclusive = true } = options
    const lock = () => takeLock(`${path}.lock`, dir)
    const release = isExclusive ? lock() : () => undefined
    try {
      // Beside a running server the schema must not change under it, so a step takes the lock for itself.
      const db = openChecked(path, schema, isExclusive ? () => () => undefined : lock)
      return { db, path, close: closeOnce(db, release) }
    } catch (error) {
      release()
      throw error
    }
  } catch (error) {
    throw asStorageError(error, path)
  }
}

function openChecked(
  path: string,
  schema: Schema,
  lockForMigration: () => () => void,
): DatabaseSync {
  refuseLostFile(path)
  makePrivateFile(path)
  const db = new DatabaseSync(path, { timeout: 5000 })
  try {
    if (statSync(path).size <= checkedWholeBytes) refuseDamage(db, path)
    // Write-ahead log with an fsync at every commit: what was acknowledged survives a power cut.
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL')
    db.exec('PRAGMA foreign_keys = ON')
    db.exec('PRAGMA trusted_schema = OFF')
    db.exec('PRAGMA cache_size = -32768')
    db.exec('PRAGMA journal_size_limit = 67108864')
    // 16 MiB of log instead of 4: a checkpoint waits for the disk, and a page changed often is copied once.
    db.exec('PRAGMA wal_autocheckpoint = 4000')
    if (schema.erasesRemoved) db.exec('PRAGMA secure_delete = ON')
    if (isMigrationDue(db, schema, path)) {
      const release = lockForMigration()
      try {
        migrate(db, schema, path)
      } finally {
        release()
      }
    }
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** An empty main file beside a filled log means that somebody removed or emptied it; SQLite would drop the log silently. */
function refuseLostFile(path: string): void {
  const log = `${path}-wal`
  const isEmpty = !existsSync(path) || statSync(path).size === 0
  if (isEmpty && existsSync(log) && statSync(log).size > 0) {
    throw damaged(path, 'it is missing or empty while its write-ahead log is there')
  }
}

function closeOnce(db: DatabaseSync, release: () => void): () => void {
  let isClosed = false
  return () => {
    if (isClosed) return
    isClosed = true
    db.close()
    release()
  }
}
