import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { UserName } from '@secure-chat/protocol'
import { tagBytes } from '../../mailbox-cursor.ts'
import { bytesIn, integerIn } from '../row.ts'

/** What is known of a mailbox without asking the file. */
export interface Mailbox {
  readonly id: number
  readonly tag: Uint8Array
  /** Everything before it was removed by retention. */
  first: number
  /** What the next message gets, of those that may be seen: all before it is on the disk. */
  next: number
  /** Offset of the newest message that may be seen, -1 when there is none: `next` may be further on, after a restored backup. */
  newest: number
  /** What the next message gets that is written; further on than `next` while a commit is under way. */
  nextWritten: number
  /** Sum of the sizes up to the newest message written. */
  total: number
}

export interface Mailboxes {
  find(user: UserName): Mailbox | undefined
  /** Finds or makes it; making needs an open transaction. */
  obtain(user: UserName): Mailbox
  /** After a rollback: what is remembered may be wrong. */
  forgetAll(): void
  /** Puts it out of reach: its messages are cleared later. Unknown is harmless. */
  remove(user: UserName): void
  /** The mailbox under this id, if it is remembered. */
  rememberedById(id: number): Mailbox | undefined
}

/** Far beyond a node's active users; past it all are forgotten and read again on demand. */
const mostRemembered = 100_000

export function makeMailboxes(db: DatabaseSync): Mailboxes {
  const byUser = new Map<UserName, Mailbox>()
  const byId = new Map<number, Mailbox>()
  const select = db.prepare('SELECT id, tag, first_offset, next_offset FROM mailbox WHERE user = ?')
  const selectNewest = db.prepare(
    'SELECT "offset", total FROM message WHERE mailbox = ? ORDER BY "offset" DESC LIMIT 1',
  )
  const detach = db.prepare('UPDATE mailbox SET user = NULL WHERE user = ?')
  const insert = db.prepare('INSERT INTO mailbox (user, tag) VALUES (?, ?)')

  function remember(user: UserName, mailbox: Mailbox): Mailbox {
    if (byUser.size >= mostRemembered) forgetAll()
    byUser.set(user, mailbox)
    byId.set(mailbox.id, mailbox)
    return mailbox
  }

  function forgetAll(): void {
    byUser.clear()
    byId.clear()
  }

  function find(user: UserName): Mailbox | undefined {
    const remembered = byUser.get(user)
    if (remembered) return remembered
    const row = select.get(user)
    if (!row) return undefined
    const id = integerIn(row, 'id')
    const newest = selectNewest.get(id)
    const newestOffset = newest ? integerIn(newest, 'offset') : -1
    const next = Math.max(integerIn(row, 'next_offset'), newestOffset + 1)
    return remember(user, {
      id,
      tag: bytesIn(row, 'tag'),
      first: integerIn(row, 'first_offset'),
      next,
      newest: newestOffset,
      nextWritten: next,
      total: newest ? integerIn(newest, 'total') : 0,
    })
  }

  return {
    find,
    obtain(user) {
      const found = find(user)
      if (found) return found
      const tag = randomBytes(tagBytes)
      const id = Number(insert.run(user, tag).lastInsertRowid)
      return remember(user, { id, tag, first: 0, next: 0, newest: -1, nextWritten: 0, total: 0 })
    },
    forgetAll,
    remove(user) {
      const mailbox = byUser.get(user)
      if (mailbox) byId.delete(mailbox.id)
      byUser.delete(user)
      detach.run(user)
    },
    rememberedById: (id) => byId.get(id),
  }
}
