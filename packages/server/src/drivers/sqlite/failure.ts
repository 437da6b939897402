import { ChatError, isChatError } from '@secure-chat/protocol'

/** What kept SQLite from doing its work, as far as an operator would act on it differently. */
export type StorageFault =
  | 'disk_full'
  | 'damaged'
  | 'locked'
  | 'read_only'
  | 'io'
  | 'closed'
  | 'other'

/** Primary result codes of https://www.sqlite.org/rescode.html; an extended code has one in its low byte. */
const faultByResultCode = new Map<number, StorageFault>([
  [5, 'locked'],
  [6, 'locked'],
  [8, 'read_only'],
  [10, 'io'],
  [11, 'damaged'],
  [13, 'disk_full'],
  [14, 'io'],
  [26, 'damaged'],
])

const reasons: Record<StorageFault, string> = {
  disk_full: 'the disk that holds its data is full',
  damaged: 'its file is damaged',
  locked: 'its file is locked by another process',
  read_only: 'its file cannot be written',
  io: 'its file cannot be read or written',
  closed: 'it is closed',
  other: 'the storage engine refused the work',
}

/** The engine's fault behind an error; undefined for anything that SQLite did not raise. */
export function faultOf(error: unknown): StorageFault | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  if (error.code === 'ERR_INVALID_STATE') return 'closed'
  if (error.code !== 'ERR_SQLITE_ERROR') return undefined
  const resultCode = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
  return faultByResultCode.get(resultCode & 0xff) ?? 'other'
}

/** An engine error as the port promises it; a `ChatError` and a programming error pass as they are. */
export function asUnavailable(
  code: 'queue_unavailable' | 'database_unavailable',
  error: unknown,
): unknown {
  const fault = faultOf(error)
  if (isChatError(error) || fault === undefined) return error
  const what = code === 'queue_unavailable' ? 'The message queue' : 'The user database'
  return new ChatError(
    code,
    `${what} did not keep this because ${reasons[fault]}. Nothing of it is promised; try again later.`,
    { cause: error },
  )
}
