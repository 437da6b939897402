import type { Fingerprint, PresenceState, UserName } from '@secure-chat/protocol'
import type { KeyChange, PresenceRow, Session, User } from './database-rows.ts'
import type { DatabaseTransfer } from './database-transfer.ts'

/** Accounts and their keys. */
export interface UserStore {
  /** 'taken' also for the name of a removed account: names are never given out again. */
  create(user: Omit<User, 'seq' | 'isSuspended' | 'changedAt'>): Promise<'created' | 'taken'>
  /** Undefined for unknown and removed names. */
  find(name: UserName): Promise<User | undefined>
  /** By name, ascending; `after` is exclusive. `seenSince`: only users with a last sign of life at or after it and a state other than offline. */
  list(options: {
    readonly after?: string
    readonly prefix?: string
    readonly seenSince?: number
    readonly limit: number
  }): Promise<UserName[]>
  /** Compare-and-set: 'conflict' when `expected` is not the stored hash, so a change begun under an older password undoes no newer one. */
  setPasswordHash(
    name: UserName,
    passwordHash: string,
    expected: string,
  ): Promise<'changed' | 'conflict'>
  /** Compare-and-set on the present seq: 'conflict' when another change came first. Rises seq by one and records the change. */
  changeKey(
    name: UserName,
    change: {
      readonly expectedSeq: number
      readonly publicKey: string
      readonly fingerprint: Fingerprint
      readonly at: number
      readonly proof: unknown
    },
  ): Promise<'changed' | 'conflict'>
  /** The newest `limit` changes, oldest of them first. */
  keyChanges(name: UserName, limit: number): Promise<KeyChange[]>
  /** Was it the fingerprint of an earlier key of this user? */
  hadKey(name: UserName, fingerprint: Fingerprint): Promise<boolean>
  setSuspended(name: UserName, isSuspended: boolean): Promise<void>
  /** Leaves a tombstone of the name and nothing else: presence, contacts, blocks and key changes go with it. Sessions are removed by the caller first. */
  remove(name: UserName): Promise<void>
}

/** Open sessions, by the hash of their id. */
export interface SessionStore {
  create(session: Session): Promise<void>
  find(sidHash: string): Promise<Session | undefined>
  /** Newest first, expired ones left out. */
  listByUser(user: UserName, now: number): Promise<Session[]>
  /** Returns those that were there. Each removal is seen by `revokedSince` of every node. */
  remove(sidHashes: readonly string[], now: number): Promise<string[]>
  removeByUser(
    user: UserName,
    options: { readonly except?: string; readonly now: number },
  ): Promise<string[]>
  /** Last use, collected and written now and then; unknown ones are ignored. */
  touch(
    uses: ReadonlyArray<{ sidHash: string; lastUsedAt: number; expiresAt: number }>,
  ): Promise<void>
  /**
   * Removals since the mark, for nodes that cache sessions; a mark of undefined starts at now. Removals are remembered
   * 10 minutes: `missed` says that some after the mark may be forgotten, so nothing cached can be trusted.
   */
  revokedSince(
    mark: string | undefined,
  ): Promise<{ sidHashes: string[]; mark: string; missed: boolean }>
  /** Removes every session with `expiresAt` at or before `now`; answers how many. */
  removeExpired(now: number): Promise<number>
}

/** What users say of their presence, and their signs of life. */
export interface PresenceStore {
  set(
    name: UserName,
    row: { readonly state: PresenceState; readonly text: string | null; readonly at: number },
  ): Promise<void>
  /** Signs of life, collected and written now and then; never moves a time back. A user without a row becomes `online`. */
  seen(signs: ReadonlyArray<{ name: UserName; at: number }>): Promise<void>
  /** Only the users that have a row. */
  find(names: readonly UserName[]): Promise<PresenceRow[]>
  /**
   * Rows set or seen since the mark, for nodes that show others' presence; undefined starts at now. An engine may
   * answer a part (the oldest changes); the next call goes on from the new mark.
   */
  changedSince(mark: string | undefined): Promise<{ rows: PresenceRow[]; mark: string }>
}

/** Who has exchanged keys with whom. */
export interface ContactStore {
  /** A key exchange passed between the two; kept as one pair in both directions. */
  touch(a: UserName, b: UserName, at: number): Promise<void>
  /** Touched at or after `since`, by name. */
  list(user: UserName, since: number): Promise<UserName[]>
}

/** Who wants nothing from whom. Adding and removing again is harmless. */
export interface BlockStore {
  add(user: UserName, blocked: UserName): Promise<void>
  remove(user: UserName, blocked: UserName): Promise<void>
  /** By name. */
  list(user: UserName): Promise<UserName[]>
}

/** Once-only claims that hold over all nodes (nonces of account changes). */
export interface ClaimStore {
  /** False when the key was claimed before and that claim has not expired. */
  claim(
    key: string,
    options: { readonly now: number; readonly expiresAt: number },
  ): Promise<boolean>
}

/** Key–value storage of plugins; values are JSON. */
export interface PluginStore {
  get(plugin: string, key: string, now: number): Promise<unknown>
  set(plugin: string, key: string, value: unknown, expiresAt: number | undefined): Promise<void>
  delete(plugin: string, key: string): Promise<void>
  /** By key in the order of its UTF-8 bytes; `after` is exclusive. Keys are well-formed Unicode without NUL. */
  list(
    plugin: string,
    prefix: string,
    options: { readonly limit: number; readonly after?: string; readonly now: number },
  ): Promise<Array<{ key: string; value: unknown }>>
  /**
   * Atomic over all nodes. Without a living value it starts from 0 and expires at `expiresAt`; a living value keeps its
   * expiry. A value that is no number: `plugin_error`.
   */
  increment(
    plugin: string,
    key: string,
    by: number,
    options: { readonly now: number; readonly expiresAt?: number },
  ): Promise<number>
}

/**
 * The port of accounts, sessions and presence. Every method rejects with `database_unavailable`
 * when the engine does not answer; nothing is acknowledged that is not stored.
 */
export interface UserDatabase {
  /** UUID made at the first start, kept in the database. */
  serverId(): Promise<string>
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly presence: PresenceStore
  readonly contacts: ContactStore
  readonly blocks: BlockStore
  readonly claims: ClaimStore
  readonly pluginStorage: PluginStore
  /** Left out by a driver that `secure-chat-server migrate` cannot copy from or to. */
  readonly transfer?: DatabaseTransfer
  /** Rejects with `database_unavailable` when the engine does not answer. */
  check(): Promise<void>
  /** Lets go of the engine; nothing is asked afterwards. */
  close(): Promise<void>
}
