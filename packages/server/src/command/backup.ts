import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite'
import { ChatError } from '@secure-chat/protocol'
import { loadConfig } from '../config.ts'
import type { CommandIo } from './io.ts'

/**
 * Mailboxes first: a user whose mailbox is not in the copy gets an empty one, while a mailbox whose user
 * is not in it would be nobody's.
 */
const databases = ['queue.sqlite', 'users.sqlite']

/** A consistent copy of the embedded files, taken by SQLite's own backup while the server goes on. */
export async function backup(io: CommandIo, dir: string): Promise<number> {
  const { dataDir, databaseUrl, queueUrl } = await loadConfig()
  if (databaseUrl !== undefined || queueUrl !== undefined) {
    throw new ChatError(
      'usage',
      'backup copies the embedded engine; back up your database and your broker with their own tools.',
    )
  }
  const target = resolve(dir)
  await mkdir(target, { recursive: true, mode: 0o700 })
  if ((await readdir(target)).length > 0) {
    throw new ChatError(
      'usage',
      `${target} is not empty. Give a folder of its own, so that no earlier copy is overwritten.`,
    )
  }
  for (const name of databases) await copy(join(dataDir, name), join(target, name))
  const secret = join(dataDir, 'session-secret')
  if (existsSync(secret)) await copyFile(secret, join(target, 'session-secret'))
  io.out(
    `Copied to ${target}. It holds everything the server knows: keep it as safe as the original.\nTo restore: DATA_DIR=${target} secure-chat-server start\n`,
  )
  return 0
}

async function copy(from: string, to: string): Promise<void> {
  if (!existsSync(from)) {
    throw new ChatError(
      'file_unreadable',
      `There is no ${from}. Is DATA_DIR the folder of your server?`,
    )
  }
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 })
  try {
    await copyDatabase(source, to)
    await chmod(to, 0o600)
  } finally {
    source.close()
  }
}
