import { ChatError } from '@secure-chat/protocol'
import type { Log } from '../../../ports/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { isPassing, reasonsOf, unavailable } from '../failure.ts'
import { type BatchOutcome, sendProduce } from '../wire/produce.ts'
import {
  type Batch,
  batchOf,
  defaultBatchBytes,
  finish,
  hasWork,
  isExhausted,
  type Line,
  renewEpoch,
  unpack,
} from './line.ts'
import type { ProducerId } from './producer-id.ts'
import type { Routes } from './routes.ts'
import { verdictOn } from './verdict.ts'

/** Sends what lines hold, one produce request a broker at a time. */
export interface Lanes {
  /** The line got something to send, or may go on. */
  advance(line: Line): void
}

type Lane = { readonly node: number; readonly ready: Set<Line>; isBusy: boolean }
type Sending = { readonly line: Line; readonly batch: Batch }

/** One request's bounds: a few milliseconds of the event loop and of the broker. */
const mostRecords = 1000
const mostBytes = 4 * 1024 * 1024
/** The broker's own wait for its replicas, below the wait for its answer. */
const replicasMs = 3000
const firstRestMs = 25
const longestRestMs = 400

export function makeLanes(o: {
  readonly cluster: Cluster
  readonly routes: Routes
  readonly producerId: ProducerId
  readonly log: Log
}): Lanes {
  const lanes = new Map<number, Lane>()

  function advance(line: Line): void {
    if (line.state !== 'idle') return
    if (!hasWork(line)) return
    const node = o.routes.leaderOf(line.topic, line.partition)
    if (node === undefined || node < 0) {
      void locate(line)
      return
    }
    const lane = laneOf(node)
    line.state = 'ready'
    lane.ready.add(line)
    schedule(lane)
  }

  async function locate(line: Line): Promise<void> {
    line.state = 'locating'
    try {
      await o.routes.locate(line.topic)
      if (o.routes.leaderOf(line.topic, line.partition) === undefined) return rest([line])
      line.state = 'idle'
      advance(line)
    } catch (error) {
      if (isPassing(error)) return rest([line])
      refuse(line, error)
    }
  }

  function laneOf(node: number): Lane {
    const found = lanes.get(node)
    if (found !== undefined) return found
    const lane: Lane = { node, ready: new Set(), isBusy: false }
    lanes.set(node, lane)
    return lane
  }

  /** One turn of the event loop: what came in it shares a request. */
  function schedule(lane: Lane): void {
    if (lane.isBusy || lane.ready.size === 0) return
    lane.isBusy = true
    setImmediate(() => void run(lane))
  }

  async function run(lane: Lane): Promise<void> {
    try {
      const id = o.producerId.known() ?? (await o.producerId.obtain())
      await send(lane, take(lane, id))
    } catch (error) {
      // Without a producer id nothing was taken.
      const lines = [...lane.ready]
      lane.ready.clear()
      if (isPassing(error)) rest(lines)
      else for (const line of lines) refuse(line, error)
    } finally {
      lane.isBusy = false
      schedule(lane)
    }
  }

  function take(lane: Lane, producerId: bigint): Sending[] {
    const sending: Sending[] = []
    let records = 0
    let bytes = 0
    for (const line of lane.ready) {
      if (records >= mostRecords || bytes >= mostBytes) break
      lane.ready.delete(line)
      if (!hasWork(line)) {
        line.state = 'idle'
        continue
      }
      if (isExhausted(line) && line.producerId === producerId) {
        o.producerId.drop()
        rest([line])
        continue
      }
      const batch = batchOf(line, { producerId, mostRecords: mostRecords - records })
      line.state = 'sending'
      sending.push({ line, batch })
      records += batch.entries.length
      bytes += batch.bytes.length
    }
    return sending
  }

  async function send(lane: Lane, sending: readonly Sending[]): Promise<void> {
    if (sending.length === 0) return
    const batches = sending.map(({ line: { topic, partition }, batch }) => ({
      topic,
      partition,
      batch: batch.bytes,
    }))
    try {
      const outcomes = await o.cluster.call<BatchOutcome[]>(
        lane.node,
        'produce',
        (connection, done) => {
          for (const { batch } of sending) batch.isSent = true
          sendProduce(connection, { batches, timeoutMs: replicasMs }, done)
        },
      )
      judge(sending, outcomes)
    } catch (error) {
      o.log.debug({ reason: reasonsOf(error), broker: lane.node }, 'a produce request failed')
      const lines = sending.map(({ line }) => line)
      for (const { topic } of lines) o.routes.forget(topic)
      rest(lines)
    }
  }

  function judge(sending: readonly Sending[], outcomes: readonly BatchOutcome[]): void {
    const codes = new Map(
      outcomes.map(({ topic, partition, errorCode }) => [`${topic}/${partition}`, errorCode]),
    )
    const resting: Line[] = []
    for (const { line } of sending) {
      const code = codes.get(`${line.topic}/${line.partition}`) ?? -1
      if (!apply(line, code)) resting.push(line)
    }
    if (resting.length > 0) rest(resting)
  }

  /** False: the line is to pause before it goes on. */
  function apply(line: Line, code: number): boolean {
    switch (verdictOn(code)) {
      case 'stored': {
        const batch = finish(line)
        line.state = 'idle'
        for (const entry of batch?.entries ?? []) entry.settle(undefined)
        advance(line)
        return true
      }
      case 'renumber':
        renewEpoch(line)
        unpack(line)
        line.failures += 1
        if (line.failures > 1) return false
        line.state = 'idle'
        advance(line)
        return true
      case 'smaller':
        split(line)
        return true
      case 'refuse':
        refuse(line, new Error(`Kafka refuses records of ${line.topic} with code ${code}`))
        return true
      default:
        o.routes.forget(line.topic)
        return false
    }
  }

  /** In halves, down to single records: one that is still too large is refused for good. */
  function split(line: Line): void {
    const batch = line.batch
    if (batch !== undefined && batch.entries.length === 1) {
      line.batch = undefined
      for (const entry of batch.entries) entry.settle(tooLarge())
    } else {
      line.maxBatchBytes = Math.ceil((batch?.bytes.length ?? defaultBatchBytes) / 2)
      unpack(line)
    }
    line.state = 'idle'
    advance(line)
  }

  function refuse(line: Line, cause: unknown): void {
    o.log.error({ topic: line.topic, reason: reasonsOf(cause) }, 'Kafka refuses messages')
    const error = unavailable('Kafka refuses it; the log of the server says why', cause)
    const entries = [...(line.batch?.entries ?? []), ...line.waiting]
    line.batch = undefined
    line.waiting = []
    line.state = 'idle'
    for (const entry of entries) entry.settle(error)
  }

  /** Together, since a broker that is gone makes all of its lines pause at once. */
  function rest(lines: readonly Line[]): void {
    let failures = 0
    for (const line of lines) {
      line.state = 'resting'
      line.failures += 1
      failures = Math.max(failures, line.failures)
    }
    const restMs = Math.min(longestRestMs, firstRestMs * 2 ** Math.min(failures - 1, 10))
    setTimeout(() => {
      for (const line of lines) {
        line.state = 'idle'
        advance(line)
      }
    }, restMs)
  }

  return { advance }
}

function tooLarge(): ChatError {
  return new ChatError(
    'too_large',
    'The topic of this mailbox takes no record of this size. Raise its max.message.bytes to 2 MiB.',
  )
}
