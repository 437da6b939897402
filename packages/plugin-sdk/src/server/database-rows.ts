import type { Fingerprint, PresenceState, UserName } from '@secure-chat/protocol'

/** One account. Times are integers, milliseconds since the epoch, throughout the port. */
export interface User {
  readonly name: UserName
  /** PHC string (argon2id). */
  readonly passwordHash: string
  /** RSA SPKI PEM as the server normalised it. */
  readonly publicKey: string
  readonly fingerprint: Fingerprint
  /** 0 with the first key, one more with each change. */
  readonly seq: number
  /** When the present key came into force. */
  readonly changedAt: number
  readonly createdAt: number
  readonly isSuspended: boolean
}

/** One change of a user's key. */
export interface KeyChange {
  /** Of the new key. */
  readonly seq: number
  readonly oldKey: string
  readonly newKey: string
  readonly at: number
  /** General-JSON JWS with two signatures; null for a recovery after a lost key. */
  readonly proof: unknown
}

/** One open session. */
export interface Session {
  /** SHA-256 of the sid, 64 hex digits; the sid itself is never stored. */
  readonly sidHash: string
  readonly user: UserName
  /** Which session secret made its key. */
  readonly secretId: string
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  /** As the client names itself; any text. */
  readonly client: string
}

/** What a user said of their presence, and when they were last there. */
export interface PresenceRow {
  readonly name: UserName
  /** What the user said last; whether it holds is judged by `lastSeenAt`. */
  readonly state: PresenceState
  /** Null: nothing was said beside the state. */
  readonly text: string | null
  /** Of the last sign of life; null: there was none. */
  readonly lastSeenAt: number | null
}
