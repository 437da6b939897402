import type { DatabaseSync } from 'node:sqlite'
import { ChatError } from '@secure-chat/protocol'
import { integerIn } from './row.ts'

/** One step of a file's schema. Released steps are never edited; a change is a new step. */
export interface Migration {
  readonly number: number
  /** Runs inside a transaction together with the new number, so a step is there whole or not at all. */
  up(db: DatabaseSync): void
}

/** What one kind of file is: the mark in its header and its schema's history, numbers 1, 2, 3 … */
export interface Schema {
  readonly fileName: string
  /** Value of `PRAGMA application_id`: tells our file from somebody else's. */
  readonly applicationId: number
  readonly migrations: readonly Migration[]
  /** What is deleted is overwritten, for files that hold more than ciphertext. */
  readonly erasesRemoved?: boolean
}

/**
 * Does the file lack steps of the schema?
 * @throws ChatError `file_unreadable` for a schema newer than this program, or a database of another program.
 */
export function isMigrationDue(db: DatabaseSync, schema: Schema, path: string): boolean {
  const present = pragma(db, 'user_version')
  const newest = schema.migrations.length
  const owner = pragma(db, 'application_id')
  if (owner !== schema.applicationId && !(owner === 0 && present === 0 && isEmpty(db))) {
    throw new ChatError(
      'file_unreadable',
      `${path} is a database of another program. Point DATA_DIR to a folder of its own.`,
    )
  }
  if (present > newest) {
    throw new ChatError(
      'file_unreadable',
      `${path} was written by a newer version (schema ${present}, this version knows ${newest}). Start that version, or restore a backup made before the upgrade.`,
    )
  }
  return present < newest
}

/** Brings a file to the newest schema; throws as `isMigrationDue`. */
export function migrate(db: DatabaseSync, schema: Schema, path: string): void {
  if (!isMigrationDue(db, schema, path)) return
  const present = pragma(db, 'user_version')
  for (const migration of schema.migrations.slice(present)) {
    db.exec('BEGIN IMMEDIATE')
    try {
      migration.up(db)
      db.exec(`PRAGMA application_id = ${schema.applicationId}`)
      db.exec(`PRAGMA user_version = ${migration.number}`)
      db.exec('COMMIT')
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return integerIn(db.prepare(`PRAGMA ${name}`).get() ?? {}, name)
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
}
