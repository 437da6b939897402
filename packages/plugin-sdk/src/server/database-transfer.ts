import type { Fingerprint, UserName } from '@secure-chat/protocol'
import type { KeyChange, PresenceRow, Session, User } from './database-rows.ts'

/** What a database keeps, in rows that no engine has its own form of. Each names its key, which is also its order. */
export interface TransferRows {
  /** Suspended ones too. By `name`. */
  readonly users: User
  /** Names of removed accounts. By `name`. */
  readonly removedNames: { readonly name: UserName }
  /** By `name` and `seq`; `oldFingerprint` is what `UserStore.hadKey` knows. */
  readonly keyChanges: KeyChange & {
    readonly name: UserName
    readonly oldFingerprint: Fingerprint
  }
  /** By `sidHash`. */
  readonly sessions: Session
  /** By `name`. */
  readonly presence: PresenceRow & { readonly lastSeenAt: number }
  /** Both directions of a pair. By `user` and `other`. */
  readonly contacts: { readonly user: UserName; readonly other: UserName; readonly at: number }
  /** By `user` and `blocked`. */
  readonly blocks: { readonly user: UserName; readonly blocked: UserName }
  /** By `key`. */
  readonly claims: { readonly key: string; readonly expiresAt: number }
  /** By `plugin` and `key`. */
  readonly pluginValues: {
    readonly plugin: string
    readonly key: string
    readonly value: unknown
    readonly expiresAt: number | null
  }
}

/** One kind of rows. */
export type TransferTableName = keyof TransferRows

/** All rows of one kind, to be read, written and removed past the rules of the stores. */
export interface TransferTable<Row> {
  /**
   * At most `limit` rows behind `after` (the last of the page before; from the first when left out), by key: texts in
   * the order of their UTF-8 bytes, numbers by size. What has expired at `now` is left out. An empty page is the end.
   */
  page(options: {
    readonly after?: Row
    readonly limit: number
    readonly now: number
  }): Promise<Row[]>
  /**
   * Inserts, or replaces what has the same key, and nothing beside it. All are durable when it resolves; again is
   * harmless. What is kept by an account (`keyChanges`, `presence`) is put when its row of `users` is there.
   */
  put(rows: readonly Row[]): Promise<void>
  /** Removes what has the keys of these rows; with a row of `users` what is kept by it may go. Unknown ones are harmless. */
  remove(rows: readonly Row[]): Promise<void>
}

/**
 * Row by row, past every rule of the stores: for `secure-chat-server migrate`, with no server at work on the database.
 * Ended sessions (`revokedSince`) are not among the rows: only running nodes ask for them.
 */
export interface DatabaseTransfer {
  /** `UserDatabase.serverId` from now on: clients have pinned the id, and proofs of key changes name it. */
  setServerId(id: string): Promise<void>
  readonly tables: { readonly [Name in TransferTableName]: TransferTable<TransferRows[Name]> }
}
