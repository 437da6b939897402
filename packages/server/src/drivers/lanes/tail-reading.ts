import { unavailable } from '../kafka/failure.ts'
import type { Following } from '../kafka/mailbox/following.ts'
import { mailboxRemoved } from '../kafka/mailbox/removed.ts'
import type { TailReading } from '../kafka/mailbox/tails.ts'
import { cursorExpired, formatCursor } from '../mailbox-cursor.ts'
import type { Mailbox } from './mailbox.ts'
import type { LaneView } from './own-records.ts'
import { type Pages, placeOf } from './pages.ts'

const bounds = { limit: 256, maxBytes: 256 * 1024 }

/** One run of the mailbox a step. */
export function makeTailReading({ pages }: { readonly pages: Pages }): TailReading<Mailbox> {
  return {
    async next(tail) {
      const { mailbox, view } = await pages.look(tail.user)
      const offset = offsetIn(tail, mailbox, view)
      const run = await pages.run(mailbox, view, offset, bounds)
      if (run === undefined) throw unavailable('its mailbox changes while it is read')
      const { records, reached } = run
      return { mailbox, offset, found: { records, next: reached }, end: view.end }
    },
  }
}

function offsetIn({ user, place }: Following, mailbox: Mailbox, view: LaneView): number {
  if (place.kind === 'cursor') return placeOf(mailbox, view, place.cursor)
  if (place.mailboxId !== mailbox.id) throw mailboxRemoved(user)
  const { expiredBefore } = mailbox.floor
  if (place.offset < expiredBefore) throw cursorExpired(formatCursor(mailbox.tag, expiredBefore))
  return place.offset
}
