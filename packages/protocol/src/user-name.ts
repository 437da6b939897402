import type { $brand } from 'zod'
import { ChatError } from './errors/index.ts'

/** A user's name in its one spelling: 2 to 32 of `a-z 0-9 _ -`, first a letter or digit. */
export type UserName = string & $brand<'UserName'>

/** ASCII on purpose: `toLowerCase` alone would fold the Kelvin sign to `k`. */
export const userNamePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{1,31}$/

/** First path segments under `/chat`, and the sender of system records. */
export const reservedNames: ReadonlySet<string> = new Set([
  'auth',
  'users',
  'messages',
  'presence',
  'stream',
  'groups',
  'keys',
  'devices',
  'batch',
  'system',
])

/**
 * Reads a name from outside; upper case is folded.
 *
 * @throws ChatError `invalid_request` (not of the grammar), `name_reserved`
 */
export function parseUserName(raw: unknown): UserName {
  if (typeof raw !== 'string' || !userNamePattern.test(raw)) {
    throw new ChatError('invalid_request', `Not a user name: ${userNameRule}.`)
  }
  const name = raw.toLowerCase()
  if (reservedNames.has(name)) throw new ChatError('name_reserved', `The name ${name} is reserved.`)
  return name as UserName
}

export const userNameRule =
  'a name is 2 to 32 of a-z, 0-9, _ and -, and starts with a letter or digit'
