import { ChatError, isChatError } from '@secure-chat/protocol'

/** What kept MongoDB from doing its work, as far as an operator would act on it differently. */
export type DatabaseFault =
  | 'unreachable'
  | 'silent'
  | 'no_primary'
  | 'not_durable'
  | 'not_allowed'
  | 'disk_full'
  | 'closed'
  | 'other'

const reasons: Record<DatabaseFault, string> = {
  unreachable: 'no MongoDB server can be reached',
  silent: 'MongoDB does not answer in time',
  no_primary: 'the server reached is not, or no longer, the primary',
  not_durable: 'not enough members have it on their disks',
  not_allowed: 'its user is not allowed to do that',
  disk_full: 'the disk that holds its data is full',
  closed: 'it is closed',
  other: 'MongoDB refused the work',
}

const faultByName = new Map<string, DatabaseFault>([
  ['MongoNetworkError', 'unreachable'],
  ['MongoServerSelectionError', 'unreachable'],
  ['MongooseServerSelectionError', 'unreachable'],
  ['MongoPoolClearedError', 'unreachable'],
  ['PoolClearedOnNetworkError', 'unreachable'],
  ['MongoSystemError', 'unreachable'],
  ['MongoNetworkTimeoutError', 'silent'],
  ['MongoWaitQueueTimeoutError', 'silent'],
  ['MongoOperationTimeoutError', 'silent'],
  ['MongoWriteConcernError', 'not_durable'],
  ['MongoStalePrimaryError', 'no_primary'],
  ['MongoNotConnectedError', 'closed'],
  ['MongoTopologyClosedError', 'closed'],
  ['MongoServerClosedError', 'closed'],
  ['MongoPoolClosedError', 'closed'],
  ['MongoClientClosedError', 'closed'],
  ['MongoUnexpectedServerResponseError', 'other'],
])

/** https://www.mongodb.com/docs/manual/reference/error-codes/, where it makes a difference to an operator. */
const faultByServerCode = new Map<number, DatabaseFault>([
  [13, 'not_allowed'],
  [18, 'not_allowed'],
  [50, 'silent'],
  [64, 'not_durable'],
  [79, 'not_durable'],
  [91, 'no_primary'],
  [100, 'not_durable'],
  [189, 'no_primary'],
  [10107, 'no_primary'],
  [11600, 'no_primary'],
  [11602, 'no_primary'],
  [13388, 'no_primary'],
  [13435, 'no_primary'],
  [13436, 'no_primary'],
  [14031, 'disk_full'],
])

/**
 * What the server answers to a command that no state of it would make right: bad value, parse failure, type mismatch,
 * unusable path, conflicting operators, bad field names, unknown command, immutable field, invalid options, bad
 * document, duplicate key where none is expected. These are errors of this program and shown as such.
 */
const programErrors = new Set([2, 9, 14, 28, 40, 52, 55, 56, 57, 59, 66, 72, 10334, 11000, 17280])

/** The fault behind an error; undefined for anything but a failing database. */
export function faultOf(error: unknown): DatabaseFault | undefined {
  const { name, code, errorResponse } = partsOf(error)
  // Of a bulk that did not get through: the reason lies within.
  if (name === 'MongoBulkWriteError' && code === undefined) return faultOf(errorResponse)
  if (name === 'MongoServerError' || name === 'MongoBulkWriteError') {
    if (typeof code === 'number' && programErrors.has(code)) return undefined
    return (typeof code === 'number' ? faultByServerCode.get(code) : undefined) ?? 'other'
  }
  return name === undefined ? undefined : faultByName.get(name)
}

/** A driver's error as the port promises it; a `ChatError` and a programming error pass as they are. */
export function asUnavailable(error: unknown): unknown {
  const fault = faultOf(error)
  return isChatError(error) || fault === undefined ? error : unavailable(fault, error)
}

export function unavailable(fault: DatabaseFault, cause?: unknown): ChatError {
  return new ChatError(
    'database_unavailable',
    `The user database did not do this because ${reasons[fault]}. Nothing of it is promised; try again later.`,
    { cause, retryAfterS: 2 },
  )
}

/** Is it a second document with the same unique key? By the code alone: texts and key patterns differ between servers. */
export function isDuplicate(error: unknown): boolean {
  return partsOf(error).code === 11000
}

export function serverCodeOf(error: unknown): unknown {
  return partsOf(error).code
}

/** By shape, not by class: a program may hold several copies of the driver. */
function partsOf(error: unknown): {
  readonly name?: string
  readonly code?: unknown
  readonly errorResponse?: unknown
} {
  return typeof error === 'object' && error !== null ? error : {}
}
