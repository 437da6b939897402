import type { ChatError } from '@secure-chat/protocol'
import { invalid } from './config/sources.ts'
import { isMongoUrl, type Settings } from './config.ts'
import { openSqliteDatabase, openSqliteQueue } from './drivers/sqlite/index.ts'
import type { Drivers } from './plugins/index.ts'
import type { Clock, Log, MessageQueue, UserDatabase } from './ports/index.ts'

interface EngineDeps {
  readonly clock: Clock
  readonly log: Log
  /** Of plugins, by scheme. */
  readonly drivers?: Drivers
  /** A record of a mailbox was passed over because it is no message. */
  readonly onSkippedRecord?: () => void
  /** The queue is in lanes; `lag` asks how many of their records cannot be read by user yet. */
  readonly onLanes?: (lag: () => Promise<number>) => void
}

/** Which database the scheme of `DATABASE_URL` means; another engine is one more line. `isExclusive: false` for tools beside a running server. */
export async function openDatabase(
  { databaseUrl, dataDir: dir }: Settings,
  deps: EngineDeps & { readonly isExclusive?: boolean },
): Promise<UserDatabase> {
  if (databaseUrl === undefined) return openSqliteDatabase({ dir, ...deps })
  if (isMongoUrl(databaseUrl)) {
    // Clients of engines take longer to load than the rest of the server: only those wait who use them.
    const { openMongoDatabase } = await import('./drivers/mongo/index.ts')
    return openMongoDatabase({ url: databaseUrl, clock: deps.clock, log: deps.log })
  }
  const open = deps.drivers?.database.get(schemeOf(databaseUrl))
  if (open !== undefined) return open(readUrl('DATABASE_URL', databaseUrl))
  throw unknownEngine('DATABASE_URL', databaseUrl, 'database', 'mongodb:// and mongodb+srv://')
}

/** Which queue the scheme of `QUEUE_URL` means. */
export async function openQueue(
  { queueUrl, queueLayout, lanes, kafka, databaseUrl, dataDir: dir }: Settings,
  deps: EngineDeps,
): Promise<MessageQueue> {
  if (queueUrl === undefined) return openSqliteQueue({ dir, ...deps })
  if (kafka !== undefined) {
    const { clock, log, onSkippedRecord, onLanes } = deps
    const options = { ...kafka, log, ...(onSkippedRecord && { onSkipped: onSkippedRecord }) }
    if (queueLayout === 'topics' || databaseUrl === undefined) {
      const { openKafkaTopicsQueue } = await import('./drivers/kafka/index.ts')
      return openKafkaTopicsQueue(options)
    }
    const { openLanesQueue } = await import('./drivers/lanes/index.ts')
    const queue = await openLanesQueue({ ...options, clock, databaseUrl, lanes })
    onLanes?.(queue.lag)
    return queue
  }
  const open = deps.drivers?.queue.get(schemeOf(queueUrl))
  if (open !== undefined) return open(readUrl('QUEUE_URL', queueUrl))
  throw unknownEngine('QUEUE_URL', queueUrl, 'message queue', 'kafka://')
}

function unknownEngine(name: string, url: string, engine: string, known: string): ChatError {
  return invalid(
    `${name} names a ${engine} by ${schemeOf(url)}://, which this server does not know and no plugin brings. It knows ${known}. Leave ${name} out: the embedded ${engine} in DATA_DIR needs no service.`,
  )
}

function schemeOf(url: string): string {
  return url.slice(0, url.indexOf(':')).toLowerCase()
}

/** The URL may hold a password: it is not repeated. */
function readUrl(name: string, url: string): URL {
  if (URL.canParse(url)) return new URL(url)
  throw invalid(`${name} is no URL that can be read. Example: ${name}=${schemeOf(url)}://host:port`)
}
