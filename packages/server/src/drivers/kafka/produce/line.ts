import type { NewRecord } from '../wire/record-batch.ts'
import { batchHeaderBytes, encodeBatch, recordOverheadBytes } from '../wire/record-batch.ts'
import type { Waiter } from './deadlines.ts'

/** A record on its way, and who waits for it. */
export interface Entry extends Waiter, NewRecord {
  readonly line: Line
  /** Once, with the outcome. */
  settle(error: Error | undefined): void
}

/** A batch that was made: it goes again byte by byte until its outcome is known or nobody waits for it any more. */
export interface Batch {
  readonly bytes: Buffer
  readonly entries: readonly Entry[]
  /** An answer to it was lost: it may be in the log. */
  isSent: boolean
}

/** The records of one partition in the order of their calls; at most one batch of them is under way. */
export interface Line {
  readonly topic: string
  readonly partition: number
  waiting: Entry[]
  batch: Batch | undefined
  /** Nothing to do; leader asked for; in a broker's set; under way; pausing after a failure. */
  state: 'idle' | 'locating' | 'ready' | 'sending' | 'resting'
  failures: number
  maxBatchBytes: number
  producerId: bigint
  epoch: number
  sequence: number
}

/** Below a broker's default `message.max.bytes` of 1,048,588. */
export const defaultBatchBytes = 900_000
const mostEpoch = 32_767

export function makeLine(topic: string, partition: number): Line {
  return {
    topic,
    partition,
    waiting: [],
    batch: undefined,
    state: 'idle',
    failures: 0,
    maxBatchBytes: defaultBatchBytes,
    producerId: -1n,
    epoch: 0,
    sequence: 0,
  }
}

/** Lets go of what was refused at its deadline. False when nothing is left to send. */
export function hasWork(line: Line): boolean {
  if (line.batch?.entries.every(({ isSettled }) => isSettled)) abandon(line)
  trimWaiting(line)
  return line.batch !== undefined || line.waiting.length > 0
}

export function trimWaiting(line: Line): void {
  let settled = 0
  while (line.waiting[settled]?.isSettled) settled += 1
  if (settled > 0) line.waiting.splice(0, settled)
}

/**
 * Nobody waits for the batch any more. If it may still be in a broker's ear, the next one comes under a higher epoch:
 * once that is in the log the broker refuses the old one, so what was refused never turns up behind what came later.
 */
function abandon(line: Line): void {
  if (line.batch?.isSent) renewEpoch(line)
  line.batch = undefined
}

/** From the first number again, which a broker takes only under a new epoch. */
export function renewEpoch(line: Line): void {
  line.epoch += 1
  line.sequence = 0
}

/** Puts a refused batch back before what waits, to be made anew. */
export function unpack(line: Line): void {
  const entries = line.batch?.entries.filter(({ isSettled }) => !isSettled) ?? []
  line.batch = undefined
  line.waiting = [...entries, ...line.waiting]
}

/** No epoch is left for it under this producer id. */
export function isExhausted(line: Line): boolean {
  return line.epoch > mostEpoch
}

/** The batch to send now: the one that waits for its outcome, or a new one. The line has work. */
export function batchOf(
  line: Line,
  o: { readonly producerId: bigint; readonly mostRecords: number },
): Batch {
  if (line.batch !== undefined) return line.batch
  if (line.producerId !== o.producerId) {
    line.producerId = o.producerId
    line.epoch = 0
    line.sequence = 0
  }
  const entries = takeEntries(line, o.mostRecords)
  const { producerId, epoch, sequence } = line
  line.batch = {
    bytes: encodeBatch(entries, { producerId, epoch, sequence }),
    entries,
    isSent: false,
  }
  return line.batch
}

function takeEntries(line: Line, mostRecords: number): Entry[] {
  const taken: Entry[] = []
  let bytes = batchHeaderBytes
  let looked = 0
  for (const entry of line.waiting) {
    const size = sizeOf(entry)
    if (taken.length > 0 && (bytes + size > line.maxBatchBytes || taken.length >= mostRecords))
      break
    looked += 1
    if (entry.isSettled) continue
    taken.push(entry)
    bytes += size
  }
  line.waiting.splice(0, looked)
  return taken
}

export function sizeOf(record: NewRecord): number {
  const key = record.key === undefined ? 0 : record.key.length * 3
  return recordOverheadBytes + key + record.valueBytes
}

/** The batch is in the log: the next one has the next numbers. */
export function finish(line: Line): Batch | undefined {
  const batch = line.batch
  line.batch = undefined
  line.failures = 0
  if (batch !== undefined) line.sequence = (line.sequence + batch.entries.length) % 2 ** 31
  return batch
}
