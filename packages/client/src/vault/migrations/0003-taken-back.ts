import type { Migration } from './migration.ts'

/** What other processes on the profile have to hear of, and what the server said about the session. */
export const takenBack: Migration = {
  number: 3,
  sql: `
    -- Lines that are gone: rev = that of their going, made = the rev with which they came. row of data = rev
    CREATE TABLE removed_lines (rev INTEGER PRIMARY KEY, made INTEGER NOT NULL, data BLOB NOT NULL) STRICT;

    -- The session that the server took no longer, last time. In the clear: it is shown without unlocking, proves nothing,
    -- and a session_id that is not the profile's present one says nothing.
    CREATE TABLE ended_session (id INTEGER PRIMARY KEY CHECK (id = 1), session_id TEXT NOT NULL) STRICT;
  `,
}
