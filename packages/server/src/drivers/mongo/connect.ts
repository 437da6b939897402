import { ChatError, isChatError } from '@secure-chat/protocol'
import mongoose, { type Connection, type ConnectOptions } from 'mongoose'
import { type DatabaseFault, faultOf, serverCodeOf } from './failure.ts'
import { type MongoUrl, readMongoUrl, refuseUnsafeOptions } from './url.ts'

/** The database's name where the URL gives none. */
const defaultDatabaseName = 'secure-chat'

/**
 * In force where the URL says nothing. A server that takes connections and never answers holds a connection for
 * `socketTimeoutMS`; callers are answered before that by the engine's own deadline.
 */
const defaults = {
  appName: 'secure-chat',
  maxPoolSize: 50,
  connectTimeoutMS: 2500,
  serverSelectionTimeoutMS: 2500,
  waitQueueTimeoutMS: 2500,
  socketTimeoutMS: 5000,
  heartbeatFrequencyMS: 5000,
} satisfies ConnectOptions

/**
 * A connection that knows nothing of any other in this process.
 *
 * Acknowledged means on the disks of a majority: without `journal` a killed server forgets its last tenth of a second.
 *
 * @throws ChatError `config_invalid`, `database_unavailable`
 */
export async function connectMongo(url: string, more: ConnectOptions = {}): Promise<Connection> {
  const parsed = readMongoUrl(url)
  refuseUnsafeOptions(parsed)
  const own = Object.entries({ ...defaults, ...more }).filter(([name]) => !parsed.has(name))
  const isDurabilityNamed = ['w', 'journal', 'wtimeoutMS', 'wtimeout'].some(parsed.has)
  const connection = new mongoose.Mongoose().createConnection()
  try {
    return await connection.openUri(url, {
      ...Object.fromEntries(own),
      dbName: parsed.databaseName ?? defaultDatabaseName,
      ...(!isDurabilityNamed && { writeConcern: { w: 'majority', journal: true } }),
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
    })
  } catch (error) {
    await connection.close().catch(() => undefined)
    throw asStartError(error, parsed)
  }
}

const whatKeeps: Record<DatabaseFault, string> = {
  unreachable: 'No MongoDB server can be reached',
  silent: 'MongoDB does not answer in time',
  no_primary: 'There is no primary to write to',
  not_durable: 'Not enough members can write',
  not_allowed: 'MongoDB refuses the user',
  disk_full: 'The disk of MongoDB is full',
  closed: 'The connection was closed',
  other: 'MongoDB refused the work',
}

/**
 * Why a start failed, in a sentence for its operator. The cause is left out where its text could hold the URL; a
 * program error passes as it is.
 */
export function asStartError(error: unknown, url: MongoUrl): unknown {
  if (isChatError(error)) return error
  const fault = faultOf(error)
  const code = serverCodeOf(error)
  const message = url.redact(error instanceof Error ? error.message : String(error))
  if (code === 18 || code === 8000) {
    return invalid(
      `The MongoDB at ${url.hosts} refuses the user or the password of DATABASE_URL. Correct them; authSource must name the database that the user was made in.`,
    )
  }
  if (fault === 'not_allowed') {
    return invalid(
      `The user of DATABASE_URL may not work on its database at ${url.hosts} (${message}). Grant it the role readWrite there.`,
    )
  }
  if (code === 85 || code === 86) {
    return invalid(
      `The database of DATABASE_URL has an index with the name but not the form of one of this server (${message}). Drop that index, or name an own database.`,
    )
  }
  if (fault !== undefined || isOfTheName(error)) {
    return new ChatError(
      'database_unavailable',
      `${fault === undefined ? 'The servers of DATABASE_URL cannot be looked up' : whatKeeps[fault]} (${url.hosts}: ${message}). Start it, or correct DATABASE_URL.`,
      { retryAfterS: 2 },
    )
  }
  if (isOfTheUrl(error)) {
    return invalid(
      `DATABASE_URL cannot be used: ${message}. Example: DATABASE_URL=mongodb://127.0.0.1:27017/secure-chat`,
    )
  }
  return error
}

/** What the driver says of a URL or option that it does not understand, or of a file that one names. */
const errorsOfTheUrl = new Set([
  'MongoParseError',
  'MongoInvalidArgumentError',
  'MongoAPIError',
  'MongoMissingCredentialsError',
  'MongoMissingDependencyError',
  // A port that is no number.
  'MongoRuntimeError',
  'URIError',
])

function isOfTheUrl(error: unknown): boolean {
  const code = serverCodeOf(error)
  if (code === 'ENOENT' || code === 'EACCES') return true
  return error instanceof Error && errorsOfTheUrl.has(error.name)
}

/** DNS, which `mongodb+srv` asks first. */
function isOfTheName(error: unknown): boolean {
  const syscall = typeof error === 'object' && error !== null && 'syscall' in error && error.syscall
  return typeof syscall === 'string' && syscall.startsWith('query')
}

function invalid(detail: string): ChatError {
  return new ChatError('config_invalid', detail)
}
