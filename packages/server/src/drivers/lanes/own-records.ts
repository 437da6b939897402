import { unavailable } from '../kafka/failure.ts'
import type { PageBounds } from '../kafka/mailbox/fill-page.ts'
import type { FindOffset } from '../kafka/read/offsets.ts'
import type { ReadPartition } from '../kafka/read/read-partition.ts'
import type { RawRecord } from '../kafka/wire/decode-records.ts'
import type { Lanes } from './lanes.ts'
import type { Positions } from './positions.ts'
import { offsetOfId, recordId } from './record-id.ts'
import type { LaneStore } from './store.ts'

/** A lane at one moment. */
export interface LaneView {
  readonly lane: number
  /** Behind the last record that was acknowledged by then. */
  readonly end: number
  /** Everything before it is in the collection. */
  readonly written: number
}

/** The records of one user, wherever they are by now. */
export interface OwnRecords {
  /** Behind the last record of a lane. */
  end(lane: number): Promise<number>
  /** Waits a moment for what was acknowledged to be written, unless the rest is small enough to be taken from the lane. */
  look(lane: number): Promise<LaneView>
  /**
   * A user's records from an offset on, up to the end of the view or one more than the bounds allow, which proves that
   * more is there. Every record of the user before `reached` is among them.
   */
  run(
    user: string,
    view: LaneView,
    from: number,
    bounds: PageBounds,
  ): Promise<{ readonly records: readonly RawRecord[]; readonly reached: number }>
}

/** Documents in the first answer of the database: a page of the usual size takes one. */
const firstBatch = 101
/** So few records of a lane, everybody's, are as soon read from Kafka as a user's own from the database. */
const fewRecords = 200
const fetchBytes = 1024 * 1024
/** Of what the database does not have yet; a page ends there, and the next one goes on. */
const mostFetches = 4

export function makeOwnRecords(o: {
  readonly lanes: Lanes
  readonly store: LaneStore
  readonly positions: Positions
  readonly findOffset: FindOffset
  readonly readPartition: ReadPartition
}): OwnRecords {
  const { lanes, store } = o

  async function findOffset(lane: number, which: 'first' | 'end'): Promise<number> {
    const offset = await o.findOffset(lanes.topicName, lane, which)
    if (offset === undefined) throw unavailable(`its topic ${lanes.topicName} was deleted`)
    return offset
  }

  /** From the collection. */
  async function collect(
    user: string,
    range: { readonly from: number; readonly to: number },
    found: Collected,
  ): Promise<void> {
    const cursor = store.records.find(
      { _id: { $gte: recordId(user, range.from), $lt: recordId(user, range.to) } },
      {
        projection: { record: 1 },
        sort: { _id: 1 },
        batchSize: Math.min(firstBatch, found.bounds.limit + 1),
        promoteBuffers: true,
      },
    )
    try {
      for await (const { _id, record } of cursor) {
        const offset = offsetOfId(_id)
        if (!found.add({ offset, timestamp: -1, key: null, value: record })) return
      }
    } finally {
      await cursor.close()
    }
  }

  /**
   * From the lane itself, past everybody else's. Answers how far it came; undefined when Kafka has removed what the
   * database may still have.
   */
  async function scan(
    user: string,
    { lane, end, written }: LaneView,
    from: number,
    found: Collected,
  ): Promise<number | undefined> {
    const topic = await lanes.topic()
    let at = from
    for (let fetches = 0; at < end && fetches < mostFetches; fetches += 1) {
      const outcome = await o.readPartition({
        topic,
        partition: lane,
        offset: at,
        maxBytes: fetchBytes,
      })
      if (outcome.kind === 'gone') throw unavailable(`its topic ${lanes.topicName} was deleted`)
      if (outcome.kind === 'out_of_range') {
        if (at < written) return undefined
        const first = await findOffset(lane, 'first')
        if (first <= at) return end
        at = first
        continue
      }
      for (const raw of outcome.records) {
        if (raw.value === null || raw.key?.toString() !== user) continue
        if (!found.add(raw)) return at
      }
      at = outcome.next
    }
    return at
  }

  return {
    end: (lane) => findOffset(lane, 'end'),
    async look(lane) {
      const end = await findOffset(lane, 'end')
      return { lane, end, written: await o.positions.reached(lane, end - fewRecords) }
    },
    async run(user, view, from, bounds) {
      const { end, written } = view
      const found = collected(bounds)
      let reached = end - from <= fewRecords ? await scan(user, view, from, found) : undefined
      if (reached === undefined) {
        if (from < written) await collect(user, { from, to: written }, found)
        reached = Math.max(from, written)
        if (!found.isFull()) reached = (await scan(user, view, reached, found)) ?? reached
      }
      const last = found.records.at(-1)
      return { records: found.records, reached: found.isFull() && last ? last.offset + 1 : reached }
    },
  }
}

interface Collected {
  readonly bounds: PageBounds
  readonly records: readonly RawRecord[]
  /** False when no more is to be added. */
  add(raw: RawRecord): boolean
  isFull(): boolean
}

function collected(bounds: PageBounds): Collected {
  const records: RawRecord[] = []
  let bytes = 0
  let isFull = false
  return {
    bounds,
    records,
    add(raw) {
      isFull = records.length >= bounds.limit || (bytes >= bounds.maxBytes && records.length > 0)
      records.push(raw)
      bytes += raw.value?.length ?? 0
      return !isFull
    },
    isFull: () => isFull,
  }
}
