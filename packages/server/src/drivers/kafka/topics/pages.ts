import type { Cursor, UserName } from '@secure-chat/protocol'
import type { QueuePage } from '../../../ports/index.ts'
import { badCursor, cursorExpired } from '../../mailbox-cursor.ts'
import { unavailable } from '../failure.ts'
import { fillPage, type PageBounds } from '../mailbox/fill-page.ts'
import type { FindOffset } from '../read/offsets.ts'
import type { ReadOutcome, ReadPartition } from '../read/read-partition.ts'
import { cursorAt, type Mailbox, type Mailboxes, onlyPartition, topicOf } from './mailboxes.ts'
import type { Records } from './records.ts'

export interface Pages {
  /** @throws ChatError `bad_cursor`, `cursor_expired`, `queue_unavailable` */
  read(user: UserName, after: Cursor | undefined, bounds: PageBounds): Promise<QueuePage>
  end(user: UserName): Promise<Cursor>
  /** Why an offset of a mailbox cannot be read: `cursor_expired` or `bad_cursor`. */
  explainRange(mailbox: Mailbox, offset: number): Promise<Error>
}

/** Around the JSON: headers of batches and records. A page that comes out short is filled by another fetch. */
const fetchOverhead = 16 * 1024
const mostFetchBytes = 4 * 1024 * 1024 + fetchOverhead

/** At a topic that is removed and made anew meanwhile. */
const mostAttempts = 3

export function makePages(o: {
  readonly mailboxes: Mailboxes
  readonly records: Records
  readonly readPartition: ReadPartition
  readonly findOffset: FindOffset
}): Pages {
  async function fetchFrom(
    { topic }: Mailbox,
    offset: number,
    maxBytes: number,
  ): Promise<ReadOutcome> {
    const bytes = Math.min(mostFetchBytes, maxBytes + fetchOverhead)
    return o.readPartition({ topic, partition: onlyPartition, offset, maxBytes: bytes })
  }

  async function explainRange(mailbox: Mailbox, offset: number): Promise<Error> {
    const first = await o.findOffset(mailbox.topic.name, onlyPartition, 'first')
    return first !== undefined && offset < first
      ? cursorExpired(cursorAt(mailbox, first))
      : badCursor()
  }

  /** The first slice, and where it really is: a topic may have been made anew, and its start may have moved. */
  async function begin(user: UserName, after: Cursor | undefined, maxBytes: number) {
    let start = 0
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const { mailbox, offset } =
        after === undefined
          ? { mailbox: await o.mailboxes.obtain(user), offset: start }
          : await o.mailboxes.place(user, after)
      const outcome = await fetchFrom(mailbox, offset, maxBytes)
      if (outcome.kind === 'slice') return { mailbox, offset, slice: outcome }
      if (outcome.kind === 'gone') {
        await o.mailboxes.obtainAgain(user)
        start = 0
      } else if (after === undefined) {
        start = (await o.findOffset(mailbox.topic.name, onlyPartition, 'first')) ?? 0
      } else throw await explainRange(mailbox, offset)
    }
    throw unavailable('its topic changes while it is read')
  }

  async function read(
    user: UserName,
    after: Cursor | undefined,
    bounds: PageBounds,
  ): Promise<QueuePage> {
    const { mailbox, offset, slice } = await begin(user, after, bounds.maxBytes)
    return fillPage({
      tag: mailbox.tag,
      offset,
      first: slice,
      bounds,
      parse: (raw) => o.records.parse(user, raw),
      async readOn(from, rest) {
        const outcome = await fetchFrom(mailbox, from, rest.maxBytes)
        return outcome.kind === 'slice' ? outcome : undefined
      },
    })
  }

  return {
    read,
    explainRange,
    async end(user) {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const mailbox = await o.mailboxes.obtain(user)
        const offset = await o.findOffset(topicOf(user), onlyPartition, 'end')
        if (offset !== undefined) return cursorAt(mailbox, offset)
      }
      throw unavailable('its topic is gone as soon as it is made')
    },
  }
}
