import type { Cursor, UserName } from '@secure-chat/protocol'
import type { QueuePage } from '../../ports/index.ts'
import { unavailable } from '../kafka/failure.ts'
import { fillPage, type PageBounds, type Run } from '../kafka/mailbox/fill-page.ts'
import type { Records } from '../kafka/topics/records.ts'
import { badCursor, cursorExpired, formatCursor, parseCursorOf } from '../mailbox-cursor.ts'
import type { Floors } from './floors.ts'
import type { Lanes } from './lanes.ts'
import { type Mailbox, mailboxOf } from './mailbox.ts'
import type { LaneView, OwnRecords } from './own-records.ts'

export interface Pages {
  /** @throws ChatError `bad_cursor`, `cursor_expired`, `queue_unavailable` */
  read(user: UserName, after: Cursor | undefined, bounds: PageBounds): Promise<QueuePage>
  end(user: UserName): Promise<Cursor>
  /** The mailbox and its lane as they are now. */
  look(user: UserName): Promise<{ readonly mailbox: Mailbox; readonly view: LaneView }>
  /**
   * What follows an offset; undefined when the mailbox was removed, or retention took some of it, while it was read.
   */
  run(
    mailbox: Mailbox,
    view: LaneView,
    from: number,
    bounds: PageBounds,
  ): Promise<(Run & { readonly reached: number }) | undefined>
}

const mostTries = 4

export function makePages(o: {
  readonly lanes: Lanes
  readonly floors: Floors
  readonly records: Records
  readonly ownRecords: OwnRecords
}): Pages {
  const { lanes, floors, ownRecords } = o

  async function find(user: UserName): Promise<Mailbox> {
    const [topic, floor] = await Promise.all([lanes.topic(), floors.find(user)])
    return mailboxOf(user, lanes.of(user), topic, floor)
  }

  const look: Pages['look'] = async (user) => {
    const [mailbox, view] = await Promise.all([find(user), ownRecords.look(lanes.of(user))])
    return { mailbox, view }
  }

  const run: Pages['run'] = async (mailbox, view, from, bounds) => {
    const { records, reached } = await ownRecords.run(mailbox.user, view, from, bounds)
    const { removedBefore, expiredBefore } = await floors.find(mailbox.user)
    if (removedBefore !== mailbox.floor.removedBefore || expiredBefore > from) return undefined
    const last = records.at(-1)
    // Where the lane goes on with what others got is no place of this mailbox: it stays where its last record is.
    if (reached >= view.end) {
      const next = last === undefined ? from : last.offset + 1
      return { records, next, end: next, reached }
    }
    return { records, next: reached, end: reached + 1, reached }
  }

  async function read(
    user: UserName,
    after: Cursor | undefined,
    bounds: PageBounds,
  ): Promise<QueuePage> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const { mailbox, view } = await look(user)
      const offset = placeOf(mailbox, view, after)
      const first = await run(mailbox, view, offset, bounds)
      if (first === undefined) continue
      return fillPage({
        tag: mailbox.tag,
        offset,
        first,
        bounds,
        parse: (raw) => o.records.parse(user, raw),
        readOn: (from, rest) => run(mailbox, view, from, rest),
      })
    }
    throw unavailable('its mailbox changes while it is read')
  }

  return {
    read,
    look,
    run,
    async end(user) {
      const [mailbox, end] = await Promise.all([find(user), ownRecords.end(lanes.of(user))])
      return formatCursor(mailbox.tag, end)
    },
  }
}

/**
 * The offset to go on from.
 * @throws ChatError `bad_cursor`, `cursor_expired`
 */
export function placeOf(mailbox: Mailbox, view: LaneView, after: Cursor | undefined): number {
  const { removedBefore, expiredBefore } = mailbox.floor
  const first = Math.max(removedBefore, expiredBefore)
  if (after === undefined) return first
  const offset = parseCursorOf(mailbox.tag, after)
  if (offset > view.end) throw badCursor()
  if (offset < expiredBefore) throw cursorExpired(formatCursor(mailbox.tag, first))
  return Math.max(offset, removedBefore)
}
