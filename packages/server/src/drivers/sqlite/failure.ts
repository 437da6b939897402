import type { DatabaseSync } from 'node:sqlite'
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

/** SQLITE_IOERR_SHMSIZE. */
const sharedMemoryTooSmall = 4874

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
  const { code, errcode } = partsOf(error)
  if (code === 'ERR_INVALID_STATE') return 'closed'
  if (code !== 'ERR_SQLITE_ERROR') return undefined
  // Before the file can be opened at all, a full disk shows as an I/O error of the -shm file.
  if (errcode === sharedMemoryTooSmall) return 'disk_full'
  return faultByResultCode.get(Number(errcode) & 0xff) ?? 'other'
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

/** An error around a whole file (opening, copying), told in one sentence: path, reason, what to do. */
export function asStorageError(error: unknown, path: string): unknown {
  if (isChatError(error)) return error
  const fault = faultOf(error)
  const { code, syscall, message: reason = String(error) } = partsOf(error)
  if (fault === 'damaged') return damaged(path, reason, error)
  if (fault === 'disk_full' || code === 'ENOSPC') {
    return new ChatError(
      'disk_full',
      `The disk that holds ${path} is full. Free some space and try again.`,
      { cause: error },
    )
  }
  if (fault !== undefined || syscall !== undefined) {
    return new ChatError(
      'file_unreadable',
      `${path} cannot be opened (${reason}). Check the folder's owner and rights, or name another folder.`,
      { cause: error },
    )
  }
  return error
}

type ErrorParts = { code?: unknown; errcode?: unknown; syscall?: unknown; message?: string }

/** By shape, not by class: the engine's errors may come from another realm (as under a test runner). */
function partsOf(error: unknown): ErrorParts {
  return typeof error === 'object' && error !== null ? error : {}
}

export function damaged(path: string, finding: string, cause?: unknown): ChatError {
  return new ChatError(
    'file_damaged',
    `${path} is damaged (${finding.replaceAll('\n', ' ')}) and was left untouched. Move it aside together with its -wal file and start on a backup.`,
    { cause },
  )
}

/**
 * Looks at every page.
 * @throws ChatError `file_damaged`
 */
export function refuseDamage(db: DatabaseSync, path: string): void {
  const answer = db.prepare('PRAGMA quick_check(1)').get()
  const finding = answer ? Object.values(answer)[0] : undefined
  if (finding !== 'ok') throw damaged(path, String(finding))
}
