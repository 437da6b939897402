import type { DatabaseSync } from 'node:sqlite'
import type { UserName } from '@secure-chat/protocol'

/** Everything that is kept by a user's name but the sessions, whose ends others must hear of. */
const deletions = [
  'DELETE FROM user WHERE name = ?',
  'DELETE FROM key_change WHERE name = ?',
  'DELETE FROM presence WHERE name = ?',
  // Contacts are pairs in both directions, so the user's own rows name every other side.
  'DELETE FROM contact WHERE (user, other) IN (SELECT other, user FROM contact WHERE user = ?)',
  'DELETE FROM contact WHERE user = ?',
  'DELETE FROM block WHERE user = ?',
  'DELETE FROM block WHERE blocked = ?',
]

/** Needs an open transaction. A name that never was leaves no tombstone. */
export function makeRemoveUser(db: DatabaseSync): (name: UserName) => void {
  const bury = db.prepare('INSERT INTO removed_name SELECT name FROM user WHERE name = ?')
  const statements = deletions.map((sql) => db.prepare(sql))
  return (name) => {
    bury.run(name)
    for (const statement of statements) statement.run(name)
  }
}
