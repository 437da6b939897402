import type { QueueRecord } from '@secure-chat/protocol'
import type { QueueItem, QueuePage } from '../../../ports/index.ts'
import { formatCursor } from '../../mailbox-cursor.ts'
import type { RawRecord } from '../wire/decode-records.ts'

export interface PageBounds {
  readonly limit: number
  readonly maxBytes: number
}

/** A run of one mailbox. */
export interface Run {
  readonly records: readonly RawRecord[]
  /** Behind the last record looked at. */
  readonly next: number
  /** At `next`, or before it, when nothing follows now. */
  readonly end: number
}

/** Of a page that finds only garbage: it ends with `more`, so that nobody waits for a mailbox full of it. */
const mostRuns = 8

/** Makes a page of runs, the first of which begins at `offset`. What is no message takes no room in it. */
export async function fillPage(o: {
  readonly tag: Uint8Array
  readonly offset: number
  readonly first: Run
  readonly bounds: PageBounds
  readonly parse: (raw: RawRecord) => QueueRecord | undefined
  /** The run from this offset on; undefined when there is none any more. */
  readonly readOn: (offset: number, bounds: PageBounds) => Promise<Run | undefined>
}): Promise<QueuePage> {
  const { limit, maxBytes } = o.bounds
  const items: QueueItem[] = []
  let bytes = 0
  let next = o.offset
  let run = o.first
  for (let runs = 1; ; runs += 1) {
    for (const raw of run.records) {
      const isFull = items.length >= limit || (bytes >= maxBytes && items.length > 0)
      if (isFull) return pageOf(next)
      const record = o.parse(raw)
      if (record !== undefined) {
        bytes += raw.value?.length ?? 0
        if (bytes > maxBytes && items.length > 0) return pageOf(next)
        items.push({ cursor: formatCursor(o.tag, raw.offset + 1), record })
      }
      next = raw.offset + 1
    }
    next = Math.max(next, run.next)
    const isDone = next >= run.end || items.length >= limit || bytes >= maxBytes
    if (isDone || runs >= mostRuns) return pageOf(next)
    const following = await o.readOn(next, {
      limit: limit - items.length,
      maxBytes: Math.max(1, maxBytes - bytes),
    })
    // What is there is delivered; the next call finds out what happened meanwhile.
    if (following === undefined || following.next === next) return pageOf(next)
    run = following
  }

  function pageOf(at: number): QueuePage {
    return { items, next: formatCursor(o.tag, at), more: at < run.end }
  }
}
