import { resolve } from 'node:path'
import { ChatError } from '@secure-chat/protocol'
import { copySessionSecret } from '../config/session-secret.ts'
import { loadConfig } from '../config.ts'
import { backupSqlite } from '../drivers/sqlite/index.ts'
import type { CommandIo } from './io.ts'

/** A consistent copy of the embedded data while the server goes on; a server starts on the copy as it is. */
export async function backup(io: CommandIo, dir: string): Promise<number> {
  const { dataDir, databaseUrl, queueUrl } = await loadConfig()
  if (databaseUrl !== undefined || queueUrl !== undefined) {
    throw new ChatError(
      'usage',
      'backup copies the embedded engine. Back up your database and your broker with their own tools.',
    )
  }
  const to = resolve(dir)
  await backupSqlite({ from: dataDir, to })
  copySessionSecret(dataDir, to)
  io.out(
    `Copied to ${to}. It opens everything that the server can: keep it as safe as the original.\n` +
      `To restore: DATA_DIR=${to} npx secure-chat-server start\n`,
  )
  return 0
}
