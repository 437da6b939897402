import { closeSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs'
import { types } from 'node:util'
import { ChatError } from '@secure-chat/protocol'

/** Makes the folder (0700) unless it is there; one that others can enter is refused. */
export function requirePrivateFolder(path: string): void {
  onFile(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }))
  requirePrivate(path, 'folder')
}

/** Refuses a file that others can read or write. @returns false when there is none. */
export function requirePrivateFile(path: string): boolean {
  if (!onFile(path, () => lstatSync(path, { throwIfNoEntry: false }))) return false
  requirePrivate(path, 'file')
  return true
}

/**
 * Makes an empty file (0600) unless another process just did. SQLite takes an empty file as a new database and
 * gives its companions the same mode; left to itself it would go by the process's umask.
 */
export function makePrivateFile(path: string): void {
  onFile(path, () => closeSync(openSync(path, 'a', 0o600)))
}

function requirePrivate(path: string, kind: 'file' | 'folder'): void {
  // Windows has no such bits; its user folders are private by their access lists.
  if (process.platform === 'win32') return
  const mode = onFile(path, () => statSync(path)).mode & 0o777
  if ((mode & 0o077) === 0) return
  const wanted = kind === 'folder' ? '700' : '600'
  const mend = `chmod ${wanted} ${quoted(path)}`
  throw new ChatError(
    'unsafe_permissions',
    `Other users of this computer can get at the ${kind} ${path} (its mode is ${mode.toString(8)}), which holds your keys. Mend it with: ${mend}`,
    { suggestions: [mend] },
  )
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

/** Runs a call of node:fs; its failures become `disk_full` or `file_unreadable`, one plain sentence each. */
export function onFile<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (!types.isNativeError(cause) || !('code' in cause)) throw cause
    if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT') {
      const detail = `The disk is full, so ${path} could not be written. Free some space and try again.`
      throw new ChatError('disk_full', detail, { cause })
    }
    throw new ChatError(
      'file_unreadable',
      `${path} cannot be read or written (${cause.code}). Check that it is yours, that its folder exists, and that the disk is writable.`,
      { cause },
    )
  }
}
