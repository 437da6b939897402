import { existsSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { ChatError } from '@secure-chat/protocol'
import { usersSchema } from './database/schema.ts'
import { asStorageError, refuseDamage } from './failure.ts'
import { makePrivateFile, makePrivateFolder } from './private-file.ts'
import { leapOffsets } from './queue/leap.ts'
import { queueSchema } from './queue/schema.ts'

/** All pages in one step: one snapshot, however busy the server is. Smaller steps start over at every write. */
const allPages = 2 ** 31 - 1

/**
 * Copies the embedded files of `from` into the folder `to`, each a consistent snapshot, while a server may be running
 * on them (in this process or another). Everything acknowledged before the call is in the copy; a server starts on the
 * copy as it is. The session secret is not part of it.
 *
 * @returns the files written.
 * @throws ChatError `usage` (`to` already holds a copy, or `from` holds nothing), `disk_full`, `file_damaged`, `file_unreadable`
 */
export async function backupSqlite(options: {
  readonly from: string
  readonly to: string
}): Promise<string[]> {
  const from = resolve(options.from)
  const to = resolve(options.to)
  const present = [usersSchema, queueSchema].filter(({ fileName }) =>
    existsSync(join(from, fileName)),
  )
  if (present.length === 0) {
    throw new ChatError('usage', `${from} holds no embedded data. Name the DATA_DIR of the server.`)
  }
  const taken = present.find(({ fileName }) => existsSync(join(to, fileName)))
  if (taken) {
    throw new ChatError(
      'usage',
      `${join(to, taken.fileName)} is there already, and a backup never replaces a file. Name a new folder.`,
    )
  }
  const copies: string[] = []
  for (const { fileName } of present) {
    const copy = join(to, fileName)
    try {
      makePrivateFolder(to)
      await copyFile(join(from, fileName), copy)
    } catch (error) {
      throw asStorageError(error, copy)
    }
    copies.push(copy)
  }
  return copies
}

async function copyFile(source: string, copy: string): Promise<void> {
  const unfinished = `${copy}.unfinished`
  try {
    rmSync(unfinished, { force: true })
    makePrivateFile(unfinished)
    const db = new DatabaseSync(source, { readOnly: true, timeout: 5000 })
    try {
      await backup(db, unfinished, { rate: allPages })
    } finally {
      db.close()
    }
    finish(unfinished)
    renameSync(unfinished, copy)
    makePrivateFile(copy)
  } catch (error) {
    for (const side of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + side, { force: true })
    throw error
  }
}

/** One self-contained, synced file, whose queue places go on behind all that the running server may still give out. */
function finish(path: string): void {
  const db = new DatabaseSync(path)
  try {
    db.exec('PRAGMA journal_mode = DELETE')
    db.exec('PRAGMA synchronous = FULL')
    leapOffsets(db)
    refuseDamage(db, path)
  } finally {
    db.close()
  }
}
