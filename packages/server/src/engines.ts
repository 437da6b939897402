import type { ChatError } from '@secure-chat/protocol'
import { invalid } from './config/sources.ts'
import type { Settings } from './config.ts'
import { openSqliteDatabase, openSqliteQueue } from './drivers/sqlite/index.ts'
import type { Clock, Log, MessageQueue, UserDatabase } from './ports/index.ts'

interface EngineDeps {
  readonly clock: Clock
  readonly log: Log
}

/** Which database the scheme of `DATABASE_URL` means; another engine is one more line. `isExclusive: false` for tools beside a running server. */
export async function openDatabase(
  { databaseUrl, dataDir: dir }: Settings,
  deps: EngineDeps & { readonly isExclusive?: boolean },
): Promise<UserDatabase> {
  if (databaseUrl === undefined) return openSqliteDatabase({ dir, ...deps })
  throw notInThisBuild('DATABASE_URL', databaseUrl, 'database')
}

/** Which queue the scheme of `QUEUE_URL` means. */
export async function openQueue(
  { queueUrl, dataDir: dir }: Settings,
  deps: EngineDeps,
): Promise<MessageQueue> {
  if (queueUrl === undefined) return openSqliteQueue({ dir, ...deps })
  throw notInThisBuild('QUEUE_URL', queueUrl, 'message queue')
}

function notInThisBuild(name: string, url: string, engine: string): ChatError {
  const scheme = url.slice(0, url.indexOf(':'))
  return invalid(
    `${name} names a ${engine} by ${scheme}://, which is not in this build yet. Leave ${name} out: the embedded ${engine} in DATA_DIR needs no service.`,
  )
}
