import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { Connections } from '../kafka/cluster.ts'
import { closed, reasonsOf } from '../kafka/failure.ts'
import type { Metadata } from '../topics/metadata.ts'
import type { Topics } from '../topics/topics.ts'
import { makeLanes } from './lanes.ts'
import { type Line, makeEntry, makeLine, type Outgoing } from './line.ts'
import { makeProducerIds } from './producer-ids.ts'

export interface Writer {
  /** Resolves when all of them are kept. @throws ChatError `queue_unavailable` */
  add(records: readonly Outgoing[]): Promise<void>
  /** The mailbox is gone; one of its name begins anew. */
  forget(topic: string): void
  /** Refuses what comes, and resolves when everything accepted has its answer. */
  close(): Promise<void>
}

const firstPauseMs = 20
const longestPauseMs = 500
/** Past it those that have nothing to do are forgotten, and with them the producer's id: numbers begin at 0 once. */
const mostLines = 200_000

/**
 * Sends records so that each is kept once and in the order of the calls, by the numbers of Kafka's idempotent producer.
 * kafkajs has one, which is not used: the first topic that is removed makes its every further call fail (decision 94).
 */
export function makeWriter(o: {
  readonly connections: Connections
  readonly topics: Topics
  readonly metadata: Metadata
  readonly log: ServerContext['log']
}): Writer {
  const lines = new Map<string, Line>()
  const underWay = new Set<Promise<void>>()
  const producerIds = makeProducerIds(o.connections.write)
  let isClosed = false
  /** In a row, of any broker. */
  let failures = 0
  const lanes = makeLanes({
    brokers: o.connections.write,
    producerIds,
    log: o.log,
    onDone(line) {
      failures = 0
      line.isBusy = false
      if (line.waiting.length > 0) advance(line)
    },
    onTrouble(troubled, error) {
      for (const line of troubled) void tryAgain(line, error)
    },
  })

  function lineOf(topic: string): Line {
    const found = lines.get(topic)
    if (found !== undefined) return found
    if (lines.size >= mostLines) forgetIdle()
    const line = makeLine(topic)
    lines.set(topic, line)
    return line
  }

  function forgetIdle(): void {
    for (const [topic, { isBusy, producer }] of lines) {
      if (isBusy) continue
      lines.delete(topic)
      producerIds.giveUp(producer)
    }
  }

  /** Where its leader is, then into that broker's lane. At once when both are known. */
  function advance(line: Line): void {
    if (line.isBusy) return
    line.isBusy = true
    const leader = o.metadata.known(line.topic)?.leader ?? -1
    if (leader >= 0) lanes.send(leader, line)
    else void locate(line)
  }

  async function locate(line: Line): Promise<void> {
    try {
      const { leader } = await o.topics.ensure(line.topic)
      lanes.send(leader, line)
    } catch (error) {
      await tryAgain(line, error)
    }
  }

  async function tryAgain(line: Line, error: unknown): Promise<void> {
    if (failures === 0) o.log.warn({ reason: reasonsOf(error) }, 'messages wait for Kafka')
    failures += 1
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 8))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    giveUpIfOver(line)
    line.isBusy = false
    if (line.batch === undefined && line.waiting.every(({ isOver }) => isOver)) {
      line.waiting = []
      return
    }
    o.metadata.forget(line.topic)
    advance(line)
  }

  /** Nobody waits for the batch any more. Whether it is kept is unknown, so its numbers are never used again. */
  function giveUpIfOver(line: Line): void {
    if (line.batch === undefined || line.batch.entries.some(({ isOver }) => !isOver)) return
    producerIds.giveUp(line.producer)
    line.batch = undefined
    line.producer = undefined
    line.isAlone = false
  }

  function addOne(outgoing: Outgoing): Promise<void> {
    const { entry, kept } = makeEntry(outgoing)
    const line = lineOf(outgoing.topic)
    line.waiting.push(entry)
    advance(line)
    return kept
  }

  return {
    async add(records) {
      if (isClosed) throw closed()
      const all = Promise.allSettled(records.map(addOne))
      const done = all.then(() => undefined)
      underWay.add(done)
      done.finally(() => underWay.delete(done))
      for (const outcome of await all) if (outcome.status === 'rejected') throw outcome.reason
    },
    forget(topic) {
      if (lines.get(topic)?.isBusy === false) lines.delete(topic)
    },
    async close() {
      isClosed = true
      await Promise.all(underWay)
    },
  }
}
