import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../../ports/index.ts'
import { reasonsOf, unavailable } from '../../kafka/failure.ts'
import type { FindOffset } from '../../kafka/read/offsets.ts'
import type { FetchSession, Member } from '../../kafka/tail/fetch-session.ts'
import type { DecodedRecords, RawRecord } from '../../kafka/wire/decode-records.ts'
import type { Lanes } from '../lanes.ts'
import type { Positions } from '../positions.ts'
import type { LaneStore } from '../store.ts'

/** A lane that this node copies. */
export interface FollowedLane {
  /** What came and was not taken yet, within bounds; undefined when there is nothing. */
  take(maxRecords: number, maxBytes: number): Portion | undefined
  /** Memory that waits to be taken. */
  bytesWaiting(): number
  stop(): void
}

export interface Portion {
  readonly lane: number
  readonly records: readonly RawRecord[]
  readonly bytes: number
  /** When they are written, everything before this is. */
  readonly upTo: number
}

const firstRestMs = 50
const longestRestMs = 2000

/**
 * Follows a lane from where it is written. Whatever happens to the brokers, it goes on behind what came; while too much
 * waits to be written, it lets go of the lane and takes it up again there.
 */
export function followLane(o: {
  readonly lane: number
  readonly lanes: Lanes
  readonly store: LaneStore
  readonly positions: Positions
  readonly findOffset: FindOffset
  readonly sessionOf: (node: number) => FetchSession
  readonly log: Log
  /** False: no more than what came now. */
  readonly hasRoom: () => boolean
  /** There is something to take. */
  readonly onRecords: () => void
}): FollowedLane {
  const { lane, lanes, log } = o
  let waiting: RawRecord[] = []
  let bytesWaiting = 0
  /** Behind what came; undefined before the beginning. */
  let received: number | undefined
  /** Behind what was taken. */
  let taken = 0
  let state: 'idle' | 'beginning' | 'following' | 'stopped' = 'idle'
  let leave = () => {}
  let failures = 0

  async function begin(): Promise<void> {
    if (state !== 'idle') return
    state = 'beginning'
    while (isBeginning()) {
      try {
        if (failures > 0) await sleep(Math.min(longestRestMs, firstRestMs * 2 ** failures))
        const topic = await lanes.topic()
        const offset = await findStart()
        if (isBeginning()) follow(o.sessionOf(topic.leaders[lane] ?? -1), offset)
      } catch (error) {
        failures += 1
        if (failures === 1)
          log.warn({ lane, reason: reasonsOf(error) }, 'a lane cannot be copied now')
      }
    }
  }

  /** It may have been stopped during any wait. */
  function isBeginning(): boolean {
    return state === 'beginning'
  }

  function follow(session: FetchSession, offset: number): void {
    received = offset
    state = 'following'
    const member: Member = {
      topic: lanes.topicName,
      topicId: lanes.topicId,
      partition: lane,
      offset,
      onRecords,
      onTrouble() {
        if (state !== 'following') return
        state = 'idle'
        failures += 1
        void begin()
      },
    }
    leave = () => session.leave(member)
    session.join(member)
  }

  function onRecords({ records, next }: DecodedRecords): void {
    failures = 0
    received = next
    for (const raw of records) {
      waiting.push(raw)
      bytesWaiting += sizeOf(raw)
    }
    o.onRecords()
    if (state === 'following' && !o.hasRoom()) {
      leave()
      state = 'idle'
    }
  }

  /** Where to go on, unless the brokers do not have that place. */
  async function findStart(): Promise<number> {
    const at = received ?? (await o.positions.fetch(lane))
    const [first, end] = await Promise.all([
      o.findOffset(lanes.topicName, lane, 'first'),
      o.findOffset(lanes.topicName, lane, 'end'),
    ])
    if (first === undefined || end === undefined) throw unavailable('its topic was deleted')
    if (at < first) {
      log.warn({ lane, at, first }, 'retention took records of a lane before they were copied')
      return first
    }
    if (at <= end) return at
    log.error({ lane, at, end }, 'Kafka has lost acknowledged records of a lane')
    waiting = waiting.filter(({ offset }) => offset < end)
    taken = Math.min(taken, end)
    await o.store.lanes.updateOne({ _id: lane }, { $min: { written: end } })
    return end
  }

  void begin()
  return {
    take(maxRecords, maxBytes) {
      const records: RawRecord[] = []
      let bytes = 0
      for (const raw of waiting) {
        const size = sizeOf(raw)
        if (records.length >= maxRecords || (bytes + size > maxBytes && records.length > 0)) break
        records.push(raw)
        bytes += size
      }
      waiting = waiting.slice(records.length)
      bytesWaiting -= bytes
      const isAll = waiting.length === 0
      // Markers of others' transactions take offsets too.
      const upTo = isAll ? (received ?? 0) : (records.at(-1)?.offset ?? 0) + 1
      if (isAll) void begin()
      if (upTo <= taken) return undefined
      taken = upTo
      return { lane, records, bytes, upTo }
    },
    bytesWaiting: () => bytesWaiting,
    stop() {
      if (state === 'following') leave()
      state = 'stopped'
    },
  }
}

/** With what a record takes beside its value. */
function sizeOf({ value }: RawRecord): number {
  return 128 + (value?.length ?? 0)
}
