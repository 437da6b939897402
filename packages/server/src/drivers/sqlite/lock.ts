import { DatabaseSync } from 'node:sqlite'
import { ChatError } from '@secure-chat/protocol'
import { faultOf } from './failure.ts'
import { makePrivateFile } from './private-file.ts'
import { integerIn } from './row.ts'

/**
 * Keeps a second server off a file. The lock is SQLite's own on a database beside it, held by an open
 * transaction: the kernel drops it when the process dies, however it dies, so nothing is ever left to clean up.
 * The holder's process id is kept in that database's `user_version`, for the message only.
 *
 * @returns what releases the lock.
 * @throws ChatError `busy` when another process (or this one) holds it.
 */
export function takeLock(path: string, dir: string): () => void {
  makePrivateFile(path)
  const db = new DatabaseSync(path)
  try {
    db.exec('PRAGMA journal_mode = MEMORY')
    db.exec(`PRAGMA user_version = ${process.pid}`)
    db.exec('BEGIN IMMEDIATE')
  } catch (error) {
    const holder = readHolder(db)
    db.close()
    if (faultOf(error) !== 'locked') throw error
    throw new ChatError(
      'busy',
      `Another server${holder} is using ${dir}. Stop it, or give this one a DATA_DIR of its own.`,
      { cause: error },
    )
  }
  return () => db.close()
}

function readHolder(db: DatabaseSync): string {
  try {
    return ` (process ${integerIn(db.prepare('PRAGMA user_version').get() ?? {}, 'user_version')})`
  } catch {
    // Only a kinder message hangs on it: the holder is between its two steps.
    return ''
  }
}
