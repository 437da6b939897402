import type { Cursor, QueueItem, QueuePage, UserName } from '@secure-chat/plugin-sdk/server'
import { unavailable } from '../kafka/failure.ts'
import type { Metadata, TopicInfo } from '../topics/metadata.ts'
import { badCursor, cursorExpired, formatCursor } from './cursor.ts'
import { type Mailboxes, topicOf } from './mailboxes.ts'
import type { ReadTopic, Run } from './read-topic.ts'
import type { ReadItem } from './records.ts'

export interface Bounds {
  readonly limit: number
  readonly maxBytes: number
}

export interface Pages {
  /** @throws ChatError `bad_cursor`, `cursor_expired`, `queue_unavailable` */
  read(user: UserName, after: Cursor | undefined, bounds: Bounds): Promise<QueuePage>
  end(user: UserName): Promise<Cursor>
  /** Why an offset of a topic cannot be read: `cursor_expired` or `bad_cursor`. */
  explainRange(topic: TopicInfo, offset: number): Promise<Error>
}

/** Around the JSON: headers of batches and records. */
const fetchOverhead = 16 * 1024
const mostFetchBytes = 4 * 1024 * 1024
/** Of a page that finds only garbage: it ends with `more`, so that nobody waits for a mailbox full of it. */
const mostRuns = 8
/** At a topic that is removed and made anew meanwhile. */
const mostAttempts = 3

export function makePages(o: {
  readonly mailboxes: Mailboxes
  readonly metadata: Metadata
  readonly readTopic: ReadTopic
  readonly readItem: ReadItem
}): Pages {
  function readRun(topic: TopicInfo, offset: number, maxBytes: number) {
    return o.readTopic.run(topic, offset, {
      maxBytes: Math.min(mostFetchBytes, maxBytes) + fetchOverhead,
    })
  }

  async function explainRange(topic: TopicInfo, offset: number): Promise<Error> {
    const first = await o.readTopic.offset(topic, 'first')
    return first !== undefined && offset < first
      ? cursorExpired(formatCursor(topic.id, first))
      : badCursor()
  }

  /** The first run, and where it really is: a topic may have been made anew, and its start may have moved. */
  async function begin(user: UserName, after: Cursor | undefined, maxBytes: number) {
    let start = 0
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const { topic, offset: given } = await o.mailboxes.place(user, after)
      const offset = after === undefined ? start : given
      const outcome = await readRun(topic, offset, maxBytes)
      if (outcome.kind === 'run') return { topic, offset, first: outcome }
      if (outcome.kind === 'gone') {
        o.metadata.forget(topicOf(user))
        start = 0
      } else if (after === undefined) {
        start = (await o.readTopic.offset(topic, 'first')) ?? 0
      } else throw await explainRange(topic, offset)
    }
    throw unavailable('its topic changes while it is read')
  }

  return {
    explainRange,
    async read(user, after, { limit, maxBytes }) {
      const { topic, offset, first } = await begin(user, after, maxBytes)
      const items: QueueItem[] = []
      let bytes = 0
      let next = offset
      let run: Run = first
      const page = (): QueuePage => ({
        items,
        next: formatCursor(topic.id, next),
        more: next < run.end,
      })
      for (let runs = 1; ; runs += 1) {
        for (const raw of run.records) {
          if (items.length >= limit || (bytes >= maxBytes && items.length > 0)) return page()
          const item = o.readItem(user, topic, raw)
          if (item !== undefined) {
            bytes += raw.value?.length ?? 0
            if (bytes > maxBytes && items.length > 0) return page()
            items.push(item)
          }
          next = raw.offset + 1
        }
        next = Math.max(next, run.next)
        const isFull = items.length >= limit || bytes >= maxBytes
        if (isFull || next >= run.end || runs >= mostRuns) return page()
        const following = await readRun(topic, next, Math.max(1, maxBytes - bytes))
        // What is there is delivered; the next call finds out what happened meanwhile.
        if (following.kind !== 'run') return page()
        run = following
      }
    },
    async end(user) {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const { topic } = await o.mailboxes.place(user, undefined)
        const offset = await o.readTopic.offset(topic, 'end')
        if (offset !== undefined) return formatCursor(topic.id, offset)
        o.metadata.forget(topicOf(user))
      }
      throw unavailable('its topic is gone as soon as it is made')
    },
  }
}
