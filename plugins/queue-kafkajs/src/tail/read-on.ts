import { setTimeout as sleep } from 'node:timers/promises'
import { cursorExpired, formatCursor, mailboxRemoved } from '../mailbox/cursor.ts'
import { type Mailboxes, topicOf } from '../mailbox/mailboxes.ts'
import type { Pages } from '../mailbox/pages.ts'
import type { ReadTopic, Run } from '../mailbox/read-topic.ts'
import type { Metadata, TopicInfo } from '../topics/metadata.ts'
import type { Following } from './following.ts'

/**
 * What follows the place of a tail, by one fetch. A topic that is gone is a removed mailbox, one that was made anew an
 * expired place.
 *
 * @throws ChatError `no_such_user`, `cursor_expired`, `bad_cursor`, `queue_unavailable`
 */
export type ReadOn = (tail: Following) => Promise<{
  readonly topic: TopicInfo
  readonly offset: number
  readonly run: Run
}>

const fetchBytes = 256 * 1024
/** A tail tries again by itself; it must not keep its turn of reading from others meanwhile. */
const patienceMs = 300
/** A broker that has just begun may not know yet what the others know. */
const secondLookMs = 250

export function makeReadOn(o: {
  readonly mailboxes: Mailboxes
  readonly metadata: Metadata
  readonly readTopic: ReadTopic
  readonly pages: Pages
}): ReadOn {
  /** The topic a tail was in, which is not made again here: whoever removed it meant it. */
  async function present(tail: Following, topicId: string): Promise<TopicInfo> {
    const name = topicOf(tail.user)
    let topic = await o.metadata.refresh(name)
    if (topic === undefined) {
      await sleep(secondLookMs)
      topic = await o.metadata.refresh(name)
    }
    if (topic === undefined) throw mailboxRemoved(tail.user)
    if (topic.id === topicId) return topic
    const first = await o.readTopic.offset(topic, 'first')
    throw cursorExpired(formatCursor(topic.id, first ?? 0))
  }

  async function placeOf(tail: Following) {
    const { place } = tail
    if (place.kind === 'cursor') return o.mailboxes.place(tail.user, place.cursor)
    const known = o.metadata.known(topicOf(tail.user))
    const topic = known?.id === place.topicId ? known : await present(tail, place.topicId)
    return { topic, offset: place.offset }
  }

  return async (tail) => {
    const { topic, offset } = await placeOf(tail)
    const outcome = await o.readTopic.run(topic, offset, { maxBytes: fetchBytes, patienceMs })
    if (outcome.kind === 'run') return { topic, offset, run: outcome }
    if (outcome.kind === 'out_of_range') throw await o.pages.explainRange(topic, offset)
    const again = await present(tail, topic.id)
    // There again with the same id: the next turn reads it.
    return { topic: again, offset, run: { records: [], next: offset, end: offset + 1 } }
  }
}
