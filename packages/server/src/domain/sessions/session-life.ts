import { limits, type UserName } from '@secure-chat/protocol'

/** The session behind a call whose proof was good. */
export interface AuthenticatedSession {
  /** SHA-256 of the sid, 64 hex digits: the session's key in the database. */
  readonly sidHash: string
  /** First 16 hex digits of it: the session's public name. */
  readonly sessionId: string
  readonly user: UserName
  readonly createdAt: number
}

/** When a session ends by itself: 30 idle days, at most 90 days in all (ASVS 7.3). */
export function expiryOf(createdAt: number, lastUsedAt: number): number {
  return Math.min(createdAt + limits.sessionMaxAgeMs, lastUsedAt + limits.sessionIdleMs)
}

/** The public name of a session: 64 bits are enough to tell a user's sessions apart, and open nothing. */
export function publicName(sidHash: string): string {
  return sidHash.slice(0, 16)
}
