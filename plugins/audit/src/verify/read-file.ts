import { readFileSync } from 'node:fs'
import { ChatError } from '@secure-chat/plugin-sdk/cli'

/** A file that the user named. @throws ChatError `file_unreadable` */
export function readNamedFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(path, 'read', error)
  }
}

export function fileError(path: string, what: 'read' | 'written', cause: unknown): ChatError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = reasons[code] ?? String(cause)
  return new ChatError('file_unreadable', `${path} cannot be ${what}: ${reason}.`, { cause })
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a folder on the way is a file',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
}
