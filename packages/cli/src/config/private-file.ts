import { statSync } from 'node:fs'
import { ChatError } from '@secure-chat/protocol/errors'

/**
 * Refuses a private file that others on this computer could read or change.
 *
 * @throws ChatError unsafe_permissions, with the command that mends it
 */
export function checkPrivate(path: string): void {
  const { mode } = statSync(path)
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  const octal = (mode & 0o777).toString(8).padStart(3, '0')
  throw new ChatError(
    'unsafe_permissions',
    `Other users of this computer can read or change ${path} (mode ${octal}).`,
    { suggestions: [`chmod 600 ${path}`] },
  )
}
