import type { DatabaseSync } from 'node:sqlite'

/** More than a mailbox gets in the life of a server, and 65,536 of them fit into a cursor. */
const leap = 2 ** 32

/**
 * In a copy that may be restored: the next record of every mailbox gets an offset far beyond those that the original
 * goes on to give out. So a cursor that a client got after the copy was made is never taken for a place of another
 * record: it lies in the gap, and reading goes on with the first record after the restore.
 * Does nothing in a file without mailboxes.
 */
export function leapOffsets(db: DatabaseSync): void {
  if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'mailbox'").get()) return
  db.exec(`
    UPDATE mailbox SET next_offset = ${leap} + max(
      next_offset,
      1 + coalesce((SELECT max("offset") FROM message WHERE mailbox = mailbox.id), -1)
    )
  `)
}
