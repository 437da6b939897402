import type { Migration } from './migration.ts'

/**
 * Contacts, chains, history, outbox and what receiving needs. `contact` = `vault.tag('contact', name)`;
 * `rev` numbers every change that another process on this profile should notice (see live/feed.ts).
 */
export const messaging: Migration = {
  number: 2,
  sql: `
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    INSERT INTO counters (name, value) VALUES ('rev', 0);

    CREATE TABLE contacts (tag TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;

    -- Chains this installation made. state: offered (the server has not taken the exchange), accepted, closed.
    CREATE TABLE sending_chains (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      kid TEXT NOT NULL UNIQUE,
      contact TEXT NOT NULL,
      state TEXT NOT NULL,
      n INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX sending_chains_by_contact ON sending_chains (contact, position);

    -- A kid belongs to who sent it: another contact repeating it gets a row of its own. row of data = contact + '/' + kid
    CREATE TABLE receiving_chains (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      contact TEXT NOT NULL,
      kid TEXT NOT NULL,
      rev INTEGER NOT NULL,
      data BLOB NOT NULL,
      UNIQUE (contact, kid)
    ) STRICT;

    -- tag = vault.tag('message', sender, id) of what was opened or written here, vault.tag('envelope', …) of what was not.
    -- made = the rev with which what it says came; rev = that of its last change. line = message, trust or system
    CREATE TABLE messages (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      tag TEXT NOT NULL UNIQUE,
      id_tag TEXT NOT NULL,
      contact TEXT NOT NULL,
      at INTEGER NOT NULL,
      line TEXT NOT NULL,
      direction TEXT NOT NULL,
      state TEXT NOT NULL,
      is_unread INTEGER NOT NULL,
      made INTEGER NOT NULL,
      rev INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_contact ON messages (contact, position);
    CREATE INDEX messages_by_id ON messages (id_tag);
    CREATE INDEX messages_by_rev ON messages (rev);
    CREATE INDEX messages_unread ON messages (contact, position) WHERE is_unread = 1;

    -- What could not be opened; tag = that of its line in messages. state: waiting (for a key), failed.
    CREATE TABLE envelopes (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      tag TEXT NOT NULL UNIQUE,
      contact TEXT NOT NULL,
      kid TEXT,
      state TEXT NOT NULL,
      is_asked INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX envelopes_by_contact ON envelopes (contact, position);
    CREATE INDEX envelopes_by_kid ON envelopes (kid, contact);

    -- n = -1 is the exchange of the kid, so (kid, n) is the order of sending; due_at: not tried before
    CREATE TABLE outbox (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      contact TEXT NOT NULL,
      kid TEXT NOT NULL,
      n INTEGER NOT NULL,
      due_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      data BLOB NOT NULL,
      UNIQUE (kid, n)
    ) STRICT;
    CREATE INDEX outbox_by_contact ON outbox (contact, position);

    -- What is to be done because of something received, kept until done.
    CREATE TABLE jobs (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      due_at INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;

    -- One process at a time does a job (sending the outbox).
    CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;

    -- cursor, settings: small values by name
    CREATE TABLE state (name TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;

    -- What was opened already: tag = vault.tag('seen', sender, id), hash = SHA-256 of its envelope (itself public to the server)
    CREATE TABLE seen (tag TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
}
