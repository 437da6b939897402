import { unavailable } from '../kafka/failure.ts'
import type { ProducerId } from './producer-ids.ts'

export interface Outgoing {
  readonly topic: string
  readonly value: string
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** One record and who waits for it. */
export interface Entry {
  readonly outgoing: Outgoing
  /** Its caller was answered: kept, or refused because the time was over. */
  isOver: boolean
  settle(failure?: Error): void
}

/** Records that go to the broker together, again and again with the same numbers, until it is known that they are kept. */
export interface Batch {
  readonly entries: readonly Entry[]
  readonly producer: ProducerId
  readonly firstSequence: number
}

/** The records of one topic, in the order of the calls; at most one batch is under way. */
export interface Line {
  readonly topic: string
  waiting: Entry[]
  batch: Batch | undefined
  producer: ProducerId | undefined
  sequence: number
  /** Something takes care of it. */
  isBusy: boolean
  /** What it was sent with was refused for one of them: it goes alone, so that it is known which. */
  isAlone: boolean
}

/** No caller waits longer. */
const recordMs = 4000
/** Below `max.message.bytes`, which counts a batch. */
const mostBatchBytes = 1024 * 1024

export function makeLine(topic: string): Line {
  return {
    topic,
    waiting: [],
    batch: undefined,
    producer: undefined,
    sequence: 0,
    isBusy: false,
    isAlone: false,
  }
}

export function makeEntry(outgoing: Outgoing): {
  readonly entry: Entry
  readonly kept: Promise<void>
} {
  const { promise: kept, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(
    () => entry.settle(unavailable('Kafka did not answer in time')),
    recordMs,
  )
  const entry: Entry = {
    outgoing,
    isOver: false,
    settle(failure) {
      if (entry.isOver) return
      entry.isOver = true
      clearTimeout(timer)
      if (failure === undefined) resolve()
      else reject(failure)
    },
  }
  return { entry, kept }
}

/** The batch that is to be sent: the one of before, or a new one. Undefined: nobody waits for anything. */
export function batchOf(line: Line, producer: ProducerId): Batch | undefined {
  if (line.batch !== undefined) return line.batch
  // What was refused before it was ever sent is not sent.
  line.waiting = line.waiting.filter(({ isOver }) => !isOver)
  let bytes = 0
  const count = line.waiting.findIndex(({ outgoing }, index) => {
    bytes += outgoing.bytes
    return index > 0 && bytes > mostBatchBytes
  })
  const entries = line.waiting.splice(0, count === -1 ? line.waiting.length : count)
  if (entries.length === 0) return undefined
  if (line.producer !== producer) {
    line.producer = producer
    line.sequence = 0
  }
  line.batch = { entries, producer, firstSequence: line.sequence }
  return line.batch
}

/** The batch is known to be kept, or known to be refused for good. */
export function endBatch(line: Line, failure?: Error): void {
  const { batch } = line
  if (batch === undefined) return
  if (failure === undefined) line.sequence += batch.entries.length
  line.batch = undefined
  line.isAlone = false
  for (const entry of batch.entries) entry.settle(failure)
}
