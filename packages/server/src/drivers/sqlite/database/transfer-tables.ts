import type { SQLInputValue } from 'node:sqlite'
import type { Fingerprint, PresenceState } from '@secure-chat/protocol'
import type { TransferRows } from '../../../ports/index.ts'
import { integerIn, nameIn, type Row, textIn } from '../row.ts'
import { sessionOf } from './sessions.ts'
import { changeOf, userOf } from './users.ts'

/** How the rows of one table are kept. */
export interface StoredTable<R> {
  readonly table: string
  /** The columns of the primary key, each with what comes before every value in it. */
  readonly key: Readonly<Record<string, string | number>>
  /** Every column with its value, those of the key first. */
  readonly columns: Readonly<Record<string, (row: R) => SQLInputValue>>
  /** The column that says when a row expires; NULL: never. */
  readonly expiry?: string
  readonly read: (row: Row) => R
}

export const storedTables: {
  readonly [Name in keyof TransferRows]: StoredTable<TransferRows[Name]>
} = {
  users: {
    table: 'user',
    key: { name: '' },
    columns: {
      name: (row) => row.name,
      password_hash: (row) => row.passwordHash,
      public_key: (row) => row.publicKey,
      fingerprint: (row) => row.fingerprint,
      seq: (row) => row.seq,
      changed_at: (row) => row.changedAt,
      created_at: (row) => row.createdAt,
      is_suspended: (row) => (row.isSuspended ? 1 : 0),
    },
    read: userOf,
  },
  removedNames: {
    table: 'removed_name',
    key: { name: '' },
    columns: { name: (row) => row.name },
    read: (row) => ({ name: nameIn(row, 'name') }),
  },
  keyChanges: {
    table: 'key_change',
    key: { name: '', seq: -1 },
    columns: {
      name: (row) => row.name,
      seq: (row) => row.seq,
      old_key: (row) => row.oldKey,
      old_fingerprint: (row) => row.oldFingerprint,
      new_key: (row) => row.newKey,
      at: (row) => row.at,
      proof: (row) => JSON.stringify(row.proof ?? null),
    },
    read: (row) => ({
      ...changeOf(row),
      name: nameIn(row, 'name'),
      oldFingerprint: textIn(row, 'old_fingerprint') as Fingerprint,
    }),
  },
  sessions: {
    table: 'session',
    key: { sid_hash: '' },
    columns: {
      sid_hash: (row) => row.sidHash,
      user: (row) => row.user,
      secret_id: (row) => row.secretId,
      created_at: (row) => row.createdAt,
      last_used_at: (row) => row.lastUsedAt,
      expires_at: (row) => row.expiresAt,
      client: (row) => row.client,
    },
    expiry: 'expires_at',
    read: sessionOf,
  },
  presence: {
    table: 'presence',
    key: { name: '' },
    columns: {
      name: (row) => row.name,
      state: (row) => row.state,
      text: (row) => row.text,
      last_seen_at: (row) => row.lastSeenAt,
      // No node is there to be told.
      change: () => 0,
    },
    read: (row) => ({
      name: nameIn(row, 'name'),
      state: textIn(row, 'state') as PresenceState,
      text: row.text === null ? null : textIn(row, 'text'),
      lastSeenAt: integerIn(row, 'last_seen_at'),
    }),
  },
  contacts: {
    table: 'contact',
    key: { user: '', other: '' },
    columns: { user: (row) => row.user, other: (row) => row.other, at: (row) => row.at },
    read: (row) => ({
      user: nameIn(row, 'user'),
      other: nameIn(row, 'other'),
      at: integerIn(row, 'at'),
    }),
  },
  blocks: {
    table: 'block',
    key: { user: '', blocked: '' },
    columns: { user: (row) => row.user, blocked: (row) => row.blocked },
    read: (row) => ({ user: nameIn(row, 'user'), blocked: nameIn(row, 'blocked') }),
  },
  claims: {
    table: 'claim',
    key: { key: '' },
    columns: { key: (row) => row.key, expires_at: (row) => row.expiresAt },
    expiry: 'expires_at',
    read: (row) => ({ key: textIn(row, 'key'), expiresAt: integerIn(row, 'expires_at') }),
  },
  pluginValues: {
    table: 'plugin_value',
    key: { plugin: '', key: '' },
    columns: {
      plugin: (row) => row.plugin,
      key: (row) => row.key,
      value: (row) => JSON.stringify(row.value),
      expires_at: (row) => row.expiresAt,
    },
    expiry: 'expires_at',
    read: (row) => ({
      plugin: textIn(row, 'plugin'),
      key: textIn(row, 'key'),
      value: JSON.parse(textIn(row, 'value')),
      expiresAt: row.expires_at === null ? null : integerIn(row, 'expires_at'),
    }),
  },
}
