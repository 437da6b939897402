import type { DatabaseSync } from 'node:sqlite'
import { integerIn } from '../row.ts'
import type { Transaction } from '../transaction.ts'
import type { Mailboxes } from './mailboxes.ts'

export interface Expiry {
  /** One bounded step of retention. */
  step(options: { readonly before: number; readonly maxBytes: number }): {
    removed: number
    more: boolean
  }
  /** One bounded step of clearing removed mailboxes; true when another is needed. */
  clearRemoved(): boolean
}

/** One step's bounds: a few milliseconds of the event loop. */
const mostRecords = 200
const mostBytes = 4 * 1024 * 1024
const mostMailboxes = 200

/**
 * Retention removes from the old end only, so a mailbox stays one run of offsets and a cursor is expired exactly
 * when it points before the first one.
 */
export function makeExpiry(o: {
  readonly db: DatabaseSync
  readonly transaction: Transaction
  readonly mailboxes: Mailboxes
}): Expiry {
  const oldest = o.db.prepare(
    'SELECT id, mailbox, "offset", at, size FROM message WHERE id > 0 ORDER BY id LIMIT ?',
  )
  const deleteUpTo = o.db.prepare('DELETE FROM message WHERE id <= ?')
  const mailboxesAfter = o.db.prepare('SELECT id FROM mailbox WHERE id > ? ORDER BY id LIMIT ?')
  const newestTotal = o.db.prepare(
    'SELECT total FROM message WHERE mailbox = ? ORDER BY "offset" DESC LIMIT 1',
  )
  const oldestOf = o.db.prepare(
    'SELECT "offset", size, total FROM message WHERE mailbox = ? ORDER BY "offset" LIMIT ?',
  )
  const deleteOf = o.db.prepare('DELETE FROM message WHERE mailbox = ? AND "offset" <= ?')
  const raiseFirst = o.db.prepare(
    'UPDATE mailbox SET first_offset = ?1, next_offset = max(next_offset, ?1) WHERE id = ?2',
  )
  const anyRemoved = o.db.prepare('SELECT id FROM mailbox WHERE user IS NULL LIMIT 1')
  const deleteMailbox = o.db.prepare('DELETE FROM mailbox WHERE id = ?')
  /** The mailbox up to which the present round has looked at sizes. */
  let lookedAt = 0

  /** The mailbox begins at `first` from now on. */
  function raise(mailbox: number, first: number): void {
    raiseFirst.run(first, mailbox)
    const remembered = o.mailboxes.rememberedById(mailbox)
    if (remembered) remembered.first = first
  }

  function byAge(before: number): { removed: number; more: boolean } {
    const firstByMailbox = new Map<number, number>()
    let removed = 0
    let bytes = 0
    let last = 0
    for (const row of oldest.iterate(mostRecords)) {
      if (integerIn(row, 'at') >= before || bytes >= mostBytes) break
      last = integerIn(row, 'id')
      bytes += integerIn(row, 'size')
      removed += 1
      firstByMailbox.set(integerIn(row, 'mailbox'), integerIn(row, 'offset') + 1)
    }
    if (removed === 0) return { removed, more: false }
    deleteUpTo.run(last)
    for (const [mailbox, first] of firstByMailbox) raise(mailbox, first)
    return { removed, more: removed === mostRecords || bytes >= mostBytes }
  }

  /** Removes the oldest of one mailbox while what is kept is larger than `maxBytes`. */
  function shrink(
    mailbox: number,
    maxBytes: number,
  ): { removed: number; bytes: number; more: boolean } {
    const newest = newestTotal.get(mailbox)
    if (!newest) return { removed: 0, bytes: 0, more: false }
    const total = integerIn(newest, 'total')
    let removed = 0
    let bytes = 0
    let last = -1
    let more = false
    for (const row of oldestOf.iterate(mailbox, mostRecords + 1)) {
      const size = integerIn(row, 'size')
      if (total - integerIn(row, 'total') + size <= maxBytes) break
      more = removed === mostRecords || bytes >= mostBytes
      if (more) break
      removed += 1
      bytes += size
      last = integerIn(row, 'offset')
    }
    if (removed > 0) {
      deleteOf.run(mailbox, last)
      raise(mailbox, last + 1)
    }
    return { removed, bytes, more }
  }

  function bySize(maxBytes: number): { removed: number; more: boolean } {
    let removed = 0
    let bytes = 0
    const ids = mailboxesAfter.all(lookedAt, mostMailboxes)
    for (const row of ids) {
      const id = integerIn(row, 'id')
      const shrunk = shrink(id, maxBytes)
      removed += shrunk.removed
      bytes += shrunk.bytes
      if (!shrunk.more) lookedAt = id
      if (shrunk.more || removed >= mostRecords || bytes >= mostBytes)
        return { removed, more: true }
    }
    const more = ids.length === mostMailboxes
    if (!more) lookedAt = 0
    return { removed, more }
  }

  return {
    step({ before, maxBytes }) {
      return undoingOnFailure(() => {
        const aged = byAge(before)
        if (aged.more) return aged
        const shrunk = bySize(maxBytes)
        return { removed: aged.removed + shrunk.removed, more: shrunk.more }
      })
    },
    clearRemoved() {
      return undoingOnFailure(() => {
        const row = anyRemoved.get()
        if (!row) return false
        const id = integerIn(row, 'id')
        if (!shrink(id, -1).more) deleteMailbox.run(id)
        return true
      })
    },
  }

  function undoingOnFailure<T>(work: () => T): T {
    try {
      return o.transaction(work)
    } catch (error) {
      o.mailboxes.forgetAll()
      throw error
    }
  }
}
