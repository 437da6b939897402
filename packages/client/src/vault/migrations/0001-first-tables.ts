import type { Migration } from './migration.ts'

/**
 * Every `data` column (and `sealed` ones) holds a sealed value, see value-cipher.ts; `tag` and `contact` columns hold keyed
 * look-up tags (`vault.tag`). In the clear stand only numbers, times, states, random ids, and of the
 * profile what the server publishes anyway. docs/decisions/0020 says what that tells a thief of the file.
 */
export const firstTables: Migration = {
  number: 1,
  sql: `
    CREATE TABLE vault_key (id INTEGER PRIMARY KEY CHECK (id = 1), vault_id TEXT NOT NULL, wrapped TEXT NOT NULL) STRICT;

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

    -- tag = vault.tag('contact', name)
    CREATE TABLE contacts (tag TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;

    CREATE TABLE sending_chains (
      kid TEXT PRIMARY KEY, contact TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX sending_chains_by_contact ON sending_chains (contact, created_at);

    -- A kid belongs to who sent it: another contact repeating it gets a row of its own. row = contact + '/' + kid
    CREATE TABLE receiving_chains (
      contact TEXT NOT NULL, kid TEXT NOT NULL, created_at INTEGER NOT NULL, data BLOB NOT NULL,
      PRIMARY KEY (contact, kid)
    ) STRICT;
    CREATE INDEX receiving_chains_by_kid ON receiving_chains (kid);

    -- Key exchanges of ours on their way to the server; sent again with the same bytes and id.
    CREATE TABLE exchanges (
      id TEXT PRIMARY KEY, contact TEXT NOT NULL, kid TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX exchanges_by_contact ON exchanges (contact, created_at);

    -- History. tag = vault.tag('message', sender, id); row of the sealed data = tag
    CREATE TABLE messages (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      tag TEXT NOT NULL UNIQUE,
      contact TEXT NOT NULL,
      at INTEGER NOT NULL,
      direction TEXT NOT NULL,
      state TEXT NOT NULL,
      is_unread INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_contact ON messages (contact, position);
    CREATE INDEX messages_by_time ON messages (at);
    CREATE INDEX messages_unread ON messages (contact) WHERE is_unread = 1;

    -- What could not be opened yet; bytes counts towards the cap per sender. tag = vault.tag('envelope', sender, id, message)
    CREATE TABLE envelopes (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      tag TEXT NOT NULL UNIQUE,
      contact TEXT NOT NULL,
      kid TEXT,
      bytes INTEGER NOT NULL,
      received_at INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX envelopes_by_contact ON envelopes (contact, kid);

    CREATE TABLE outbox (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      contact TEXT NOT NULL,
      kid TEXT NOT NULL,
      n INTEGER NOT NULL,
      state TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      data BLOB NOT NULL,
      UNIQUE (kid, n)
    ) STRICT;
    CREATE INDEX outbox_by_state ON outbox (state, position);

    -- One process at a time does a job (sending the outbox, storing the stream).
    CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;

    CREATE TABLE cursors (name TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;
    CREATE TABLE settings (name TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;

    -- Ids already opened: tag = vault.tag('seen', sender, id)
    CREATE TABLE seen (tag TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
}
