import { setTimeout as sleep } from 'node:timers/promises'
import { cursorExpired } from '../../mailbox-cursor.ts'
import type { Following, TailPlace } from '../mailbox/following.ts'
import { mailboxRemoved } from '../mailbox/removed.ts'
import type { TailReading } from '../mailbox/tails.ts'
import type { FindOffset } from '../read/offsets.ts'
import type { ReadPartition } from '../read/read-partition.ts'
import { cursorAt, type Mailbox, type Mailboxes, onlyPartition } from './mailboxes.ts'
import type { Pages } from './pages.ts'

const fetchBytes = 256 * 1024
/** A tail tries again by itself; it must not keep its turn of reading from others meanwhile. */
const patienceMs = 300
/** A broker that has just begun may not know yet what the others know. */
const secondLookMs = 250

/** One fetch a step. A topic that is gone is a removed mailbox, one that was made anew an expired place. */
export function makeTailReading(o: {
  readonly mailboxes: Mailboxes
  readonly pages: Pages
  readonly readPartition: ReadPartition
  readonly findOffset: FindOffset
}): TailReading<Mailbox> {
  /** The mailbox a tail was in, which is not made again here: whoever removed it meant it. */
  async function present(tail: Following, topicId: string): Promise<Mailbox> {
    let mailbox = await o.mailboxes.find(tail.user)
    if (mailbox === undefined) {
      await sleep(secondLookMs)
      mailbox = await o.mailboxes.find(tail.user)
    }
    if (mailbox === undefined) throw mailboxRemoved(tail.user)
    if (mailbox.topic.id === topicId) return mailbox
    const first = await o.findOffset(mailbox.topic.name, onlyPartition, 'first')
    throw cursorExpired(cursorAt(mailbox, first ?? 0))
  }

  async function placeOf(tail: Following, place: TailPlace) {
    if (place.kind === 'cursor') return o.mailboxes.place(tail.user, place.cursor)
    const known = o.mailboxes.known(tail.user)
    const mailbox = known?.id === place.mailboxId ? known : await present(tail, place.mailboxId)
    return { mailbox, offset: place.offset }
  }

  return {
    async next(tail) {
      const { mailbox, offset } = await placeOf(tail, tail.place)
      const { topic } = mailbox
      const outcome = await o.readPartition({
        topic,
        partition: onlyPartition,
        offset,
        maxBytes: fetchBytes,
        patienceMs,
      })
      if (outcome.kind === 'slice') return { mailbox, offset, found: outcome, end: outcome.end }
      if (outcome.kind === 'out_of_range') throw await o.pages.explainRange(mailbox, offset)
      await present(tail, topic.id)
      // There again with the same id: the next turn reads it.
      return { mailbox, offset, found: { records: [], next: offset }, end: offset + 1 }
    },
  }
}
