import type { DatabaseSync } from 'node:sqlite'
import type { Cursor, QueueRecord } from '@secure-chat/protocol'
import type { QueueItem } from '../../../ports/index.ts'
import { badCursor, cursorExpired, formatCursor, parseCursorOf } from '../../mailbox-cursor.ts'
import { integerIn, textIn } from '../row.ts'
import type { Mailbox } from './mailboxes.ts'

export interface Page {
  readonly items: QueueItem[]
  /** Offset behind the last item, or where it began. */
  readonly next: number
  readonly more: boolean
}

export type ReadPage = (
  mailbox: Mailbox,
  from: number,
  bounds: { readonly limit: number; readonly maxBytes: number },
) => Page

/** A page by index: what it costs depends on its own size only, not on its place. */
export function makeReadPage(db: DatabaseSync): ReadPage {
  const select = db.prepare(
    'SELECT "offset", size, record FROM message WHERE mailbox = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?',
  )
  return (mailbox, from, { limit, maxBytes }) => {
    const items: QueueItem[] = []
    let next = from
    if (from > mailbox.newest) return { items, next, more: false }
    let bytes = 0
    for (const row of select.iterate(mailbox.id, from, limit)) {
      const offset = integerIn(row, 'offset')
      bytes += integerIn(row, 'size')
      // Behind the newest: committed a moment ago, and not yet answered.
      if (offset > mailbox.newest || (bytes > maxBytes && items.length > 0)) break
      next = offset + 1
      items.push({
        cursor: formatCursor(mailbox.tag, next),
        record: JSON.parse(textIn(row, 'record')) as QueueRecord,
      })
    }
    return { items, next, more: next <= mailbox.newest }
  }
}

/**
 * The offset to go on from.
 * @throws ChatError `bad_cursor`, `cursor_expired`
 */
export function placeOf(mailbox: Mailbox, after: Cursor | undefined): number {
  if (after === undefined) return mailbox.first
  const offset = parseCursorOf(mailbox.tag, after)
  if (offset > mailbox.next) throw badCursor()
  if (offset < mailbox.first) throw cursorExpired(formatCursor(mailbox.tag, mailbox.first))
  return offset
}
