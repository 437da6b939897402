import type { Migration } from './migration.ts'

/**
 * Every `data` column holds a sealed value, see value-cipher.ts. In the clear stand only numbers, times, states,
 * random ids, keyed tags (`vault.tag`), and of the account what the server publishes anyway; docs/decisions/0020
 * says what that tells a thief of the file.
 */
export const firstTables: Migration = {
  number: 1,
  sql: `
    -- wrapped_next: the same key under the password that a change of password, not yet confirmed, will make valid.
    CREATE TABLE vault_key (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      vault_id TEXT NOT NULL,
      has_own_passphrase INTEGER NOT NULL,
      wrapped TEXT NOT NULL,
      wrapped_next TEXT
    ) STRICT;

    -- The one account of this profile. seal = keyed tag over the clear columns (nobody but us wrote them).
    CREATE TABLE profile (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      name TEXT NOT NULL,
      server TEXT NOT NULL,
      server_id TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      is_registered INTEGER NOT NULL,
      session_id TEXT,
      expires_at TEXT,
      seal TEXT NOT NULL,
      data BLOB NOT NULL
    ) STRICT;

    -- The account's own RSA keys; state: pending (not yet accepted by the server), present, replaced (kept for reading).
    CREATE TABLE identities (
      fingerprint TEXT PRIMARY KEY, state TEXT NOT NULL, created_at INTEGER NOT NULL, data BLOB NOT NULL
    ) STRICT;
  `,
}
