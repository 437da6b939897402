import { makeBatcher } from '../kafka/cluster/batcher.ts'
import { unavailable } from '../kafka/failure.ts'
import type { LaneStore } from './store.ts'

/** How far each lane is written into the collection. */
export interface Positions {
  /** Told by who wrote here. */
  learn(lane: number, written: number): void
  /** From the database. */
  fetch(lane: number): Promise<number>
  /** Resolves when everything before `offset` is written, or the time is over, with how far it is. */
  reached(lane: number, offset: number): Promise<number>
}

/** A read waits for the rest no longer (architecture, "Lanes"). */
const waitMs = 250
const firstPauseMs = 4
const longestPauseMs = 60

type Waiter = { readonly offset: number; readonly wake: () => void }

export function makePositions({ lanes }: LaneStore): Positions {
  /** It only grows, so what was seen once holds. */
  const known = new Map<number, number>()
  const waiting = new Map<number, Set<Waiter>>()
  const ask = makeBatcher<number>({
    waitMs: 0,
    most: 1000,
    isSerial: false,
    async run(keys) {
      const found = await lanes.find({ _id: { $in: keys.map(Number) } }).toArray()
      return new Map(found.map(({ _id, written }) => [String(_id), written]))
    },
  })

  function learn(lane: number, written: number): void {
    if (written <= (known.get(lane) ?? 0)) return
    known.set(lane, written)
    for (const { offset, wake } of waiting.get(lane) ?? []) if (offset <= written) wake()
  }

  async function fetch(lane: number): Promise<number> {
    const written = await ask(String(lane))
    if (written === undefined)
      throw unavailable('the database has lost a document of mailbox_lanes')
    learn(lane, written)
    return written
  }

  /** Until this node writes so far, or the pause is over. */
  function pause(lane: number, offset: number, pauseMs: number): Promise<void> {
    const waiters = waiting.get(lane) ?? new Set()
    waiting.set(lane, waiters)
    return new Promise((resolve) => {
      const waiter = {
        offset,
        wake() {
          clearTimeout(timer)
          waiters.delete(waiter)
          resolve()
        },
      }
      const timer = setTimeout(waiter.wake, pauseMs)
      waiters.add(waiter)
    })
  }

  return {
    learn,
    fetch,
    async reached(lane, offset) {
      const isReached = () => (known.get(lane) ?? 0) >= offset
      const end = performance.now() + waitMs
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
        if (isReached()) break
        await fetch(lane)
        if (isReached() || performance.now() + pauseMs > end) break
        await pause(lane, offset, pauseMs)
      }
      return known.get(lane) ?? 0
    },
  }
}
