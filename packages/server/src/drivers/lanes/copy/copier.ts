import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, Log } from '../../../ports/index.ts'
import { reasonsOf } from '../../kafka/failure.ts'
import type { FindOffset } from '../../kafka/read/offsets.ts'
import type { FetchSession } from '../../kafka/tail/fetch-session.ts'
import { within } from '../../kafka/within.ts'
import type { Floors } from '../floors.ts'
import type { Lanes } from '../lanes.ts'
import type { Positions } from '../positions.ts'
import type { LaneStore } from '../store.ts'
import { type FollowedLane, followLane, type Portion } from './followed-lane.ts'
import { writePortions } from './write-portions.ts'

/** Copies lanes into the collection, so that a mailbox can be read by its user alone. */
export interface Copier {
  /** The lanes to copy from now on. */
  copy(lanes: ReadonlySet<number>): void
  /** What is being written is written to its end or not at all. */
  close(): Promise<void>
}

/** One batch's bounds: a fraction of what MongoDB takes in a message. */
const mostRecords = 1000
const mostBytes = 4 * 1024 * 1024
/** Of all lanes, while MongoDB does not take them. */
const mostBytesWaiting = 32 * 1024 * 1024
/**
 * Behind every time-out of MongoDB's client. A write that it was at when its server was killed has been seen never to end,
 * and with it nothing was copied any more; to write again is harmless.
 */
const longestWriteMs = 30_000
const firstRestMs = 50
const longestRestMs = 2000

/** One batch at a time for all lanes: what comes while one is written is in the next. */
export function makeCopier(o: {
  readonly lanes: Lanes
  readonly store: LaneStore
  readonly floors: Floors
  readonly positions: Positions
  readonly findOffset: FindOffset
  readonly sessionOf: (node: number) => FetchSession
  readonly retentionMs: number
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  /** Documents wait to be cleared away. */
  readonly onRemovals: () => void
  readonly writeMs?: number
}): Copier {
  const followed = new Map<number, FollowedLane>()
  let running: Promise<void> | undefined
  let isClosed = false

  function hasRoom(): boolean {
    let bytes = 0
    for (const lane of followed.values()) bytes += lane.bytesWaiting()
    return bytes < mostBytesWaiting
  }

  function gather(): Portion[] {
    const portions: Portion[] = []
    let records = 0
    let bytes = 0
    for (const [lane, each] of [...followed]) {
      if (records >= mostRecords || bytes >= mostBytes) break
      const portion = each.take(mostRecords - records, mostBytes - bytes)
      if (portion === undefined) continue
      portions.push(portion)
      records += portion.records.length
      bytes += portion.bytes
      // Behind the others, so that a busy lane does not keep them waiting.
      followed.delete(lane)
      followed.set(lane, each)
    }
    return portions
  }

  async function run(): Promise<void> {
    // What one turn of the event loop brings is one batch.
    await new Promise(setImmediate)
    while (!isClosed) {
      const portions = gather()
      if (portions.length === 0) break
      await writeAtLast(portions)
    }
    running = undefined
  }

  async function writeAtLast(portions: readonly Portion[]): Promise<void> {
    for (let failures = 0; !isClosed; failures += 1) {
      try {
        const writing = writePortions({ ...o, now: o.clock.now(), portions })
        const { hasRemovals } = await within(o.writeMs ?? longestWriteMs, writing, 'MongoDB')
        for (const { lane, upTo } of portions) o.positions.learn(lane, upTo)
        if (failures > 0) o.log.info({}, 'lanes are copied again')
        if (hasRemovals) o.onRemovals()
        return
      } catch (error) {
        const reason = reasonsOf(error)
        if (failures === 0) o.log.warn({ reason }, 'lanes cannot be copied into MongoDB now')
        await sleep(Math.min(longestRestMs, firstRestMs * 2 ** Math.min(failures, 6)))
      }
    }
  }

  return {
    copy(lanes) {
      if (isClosed) return
      for (const [lane, each] of followed) {
        if (lanes.has(lane)) continue
        each.stop()
        followed.delete(lane)
      }
      for (const lane of lanes) {
        if (followed.has(lane)) continue
        const onRecords = () => {
          running ??= run()
        }
        followed.set(lane, followLane({ ...o, lane, hasRoom, onRecords }))
      }
    },
    async close() {
      isClosed = true
      for (const each of followed.values()) each.stop()
      followed.clear()
      await running
    },
  }
}
