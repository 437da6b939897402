import type { Migration } from '../migrate.ts'

/** Accounts, sessions, presence and what else is kept by user. Times are ms since the epoch. */
export const usersAccounts: Migration = {
  number: 1,
  up(db) {
    db.exec(`
      CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

      -- Marks for nodes that ask what changed: they only rise.
      CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO counter VALUES ('presence', 0), ('revocation', 0);

      CREATE TABLE user (
        name TEXT PRIMARY KEY,
        password_hash TEXT NOT NULL,
        public_key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        seq INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        is_suspended INTEGER NOT NULL
      ) STRICT;

      -- Names of removed accounts are never given out again.
      CREATE TABLE removed_name (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

      CREATE TABLE key_change (
        name TEXT NOT NULL,
        seq INTEGER NOT NULL,
        old_key TEXT NOT NULL,
        old_fingerprint TEXT NOT NULL,
        new_key TEXT NOT NULL,
        at INTEGER NOT NULL,
        proof TEXT NOT NULL,
        PRIMARY KEY (name, seq)
      ) STRICT;
      CREATE INDEX key_change_by_old_fingerprint ON key_change (name, old_fingerprint);

      CREATE TABLE session (
        sid_hash TEXT PRIMARY KEY,
        user TEXT NOT NULL,
        secret_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        client TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX session_by_user ON session (user, created_at);
      CREATE INDEX session_by_expiry ON session (expires_at);

      CREATE TABLE revocation (
        mark INTEGER PRIMARY KEY,
        sid_hash TEXT NOT NULL,
        at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX revocation_by_time ON revocation (at);

      CREATE TABLE presence (
        name TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        text TEXT,
        last_seen_at INTEGER NOT NULL,
        change INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX presence_by_change ON presence (change);
      CREATE INDEX presence_by_time ON presence (last_seen_at) WHERE state <> 'offline';

      CREATE TABLE contact (
        user TEXT NOT NULL,
        other TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (user, other)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX contact_by_time ON contact (user, at);

      CREATE TABLE block (
        user TEXT NOT NULL,
        blocked TEXT NOT NULL,
        PRIMARY KEY (user, blocked)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX block_by_blocked ON block (blocked);

      CREATE TABLE claim (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE INDEX claim_by_expiry ON claim (expires_at);

      CREATE TABLE plugin_value (
        plugin TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        expires_at INTEGER,
        PRIMARY KEY (plugin, key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX plugin_value_by_expiry ON plugin_value (expires_at) WHERE expires_at IS NOT NULL;
    `)
  },
}
