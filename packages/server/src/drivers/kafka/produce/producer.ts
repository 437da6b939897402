import type { ChatError } from '@secure-chat/protocol'
import type { Log } from '../../../ports/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { closed, unavailable } from '../failure.ts'
import type { NewRecord } from '../wire/record-batch.ts'
import { makeDeadlines } from './deadlines.ts'
import { makeLanes } from './lanes.ts'
import { type Entry, type Line, makeLine, sizeOf, trimWaiting } from './line.ts'
import { makeProducerId } from './producer-id.ts'
import type { Routes } from './routes.ts'

export interface Outgoing extends NewRecord {
  readonly topic: string
  readonly partition: number
}

export interface Producer {
  /**
   * All are in the log of every replica in sync when it resolves. When it rejects, nothing is promised of any of them.
   * Within a partition the order is that of the calls.
   * @throws ChatError `queue_unavailable` about four seconds after the call at the latest; `too_large` where the
   *   topic's own limit is below that of a message
   */
  add(records: readonly Outgoing[]): Promise<void>
  /** Refuses whatever is added later and resolves when the rest is acknowledged or refused. */
  close(): Promise<void>
}

/** Of brokers that hang, memory must not be what gives way. */
const mostBytesWaiting = 64 * 1024 * 1024
/** A caller is to know within five seconds. */
const waitMs = 4000
/** Beyond a node's active partitions; past it all are forgotten, and with them the producer id that their numbers belong to. */
const mostLines = 200_000

/**
 * Collects what arrives in one turn of the event loop, and while a request is under way, into one produce request for
 * each broker. Its own, since the client's Producer numbers by process, so a batch of unknown outcome would hold up
 * every partition, and it keeps no order when it tries again (decision 0055).
 */
export function makeProducer(o: {
  readonly cluster: Cluster
  readonly routes: Routes
  readonly log: Log
}): Producer {
  const lines = new Map<string, Line>()
  const producerId = makeProducerId(o.cluster)
  const lanes = makeLanes({ ...o, producerId })
  let bytesWaiting = 0
  let open = 0
  let isClosed = false
  let onIdle: (() => void) | undefined

  const deadlines = makeDeadlines<Entry>({
    waitMs,
    onExpired(entries) {
      const error = unavailable('Kafka did not acknowledge it in time')
      for (const entry of entries) entry.settle(error)
      for (const line of new Set(entries.map((entry) => entry.line))) trimWaiting(line)
      o.log.warn({ refused: entries.length }, 'Kafka did not acknowledge messages in time')
    },
  })

  function lineOf(topic: string, partition: number): Line {
    const name = `${topic}/${partition}`
    const found = lines.get(name)
    if (found !== undefined) return found
    if (lines.size >= mostLines) forgetIdleLines()
    const line = makeLine(topic, partition)
    lines.set(name, line)
    return line
  }

  /** A line made again begins its numbers anew, which is safe under another producer id only. */
  function forgetIdleLines(): void {
    for (const [name, line] of lines) if (line.state === 'idle') lines.delete(name)
    producerId.drop()
  }

  function enter(record: Outgoing, done: (error: Error | undefined) => void): void {
    const line = lineOf(record.topic, record.partition)
    const size = sizeOf(record)
    const entry: Entry = {
      value: record.value,
      valueBytes: record.valueBytes,
      timestamp: record.timestamp,
      ...(record.key !== undefined && { key: record.key }),
      line,
      isSettled: false,
      settle(error) {
        if (entry.isSettled) return
        entry.isSettled = true
        bytesWaiting -= size
        open -= 1
        done(error)
        if (open === 0) onIdle?.()
      },
    }
    bytesWaiting += size
    open += 1
    line.waiting.push(entry)
    deadlines.add(entry)
    lanes.advance(line)
  }

  return {
    add(records) {
      if (records.length === 0) return Promise.resolve()
      if (isClosed) return Promise.reject(closed())
      let bytes = 0
      for (const record of records) bytes += sizeOf(record)
      if (bytesWaiting + bytes > mostBytesWaiting) return Promise.reject(overloaded())
      return new Promise((resolve, reject) => {
        let left = records.length
        const done = (error: Error | undefined) => {
          left -= 1
          if (error !== undefined) reject(error)
          else if (left === 0) resolve()
        }
        for (const record of records) enter(record, done)
        deadlines.trim()
      })
    },
    async close() {
      isClosed = true
      if (open === 0) return
      await new Promise<void>((resolve) => {
        onIdle = resolve
      })
    },
  }
}

function overloaded(): ChatError {
  return unavailable('messages come faster than Kafka takes them')
}
