import type { UserName } from '@secure-chat/protocol'

/** The session behind a call whose proof was good. */
export interface AuthenticatedSession {
  /** SHA-256 of the sid, 64 hex digits: the session's key in the database. */
  readonly sidHash: string
  /** First 16 hex digits of it: the session's public name. */
  readonly sessionId: string
  readonly user: UserName
  readonly createdAt: number
}
