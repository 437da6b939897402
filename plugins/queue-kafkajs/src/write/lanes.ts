import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { Brokers, KafkaBroker } from '../kafka/cluster.ts'
import { answerIn, isRefusal, reasonsOf, unavailable } from '../kafka/failure.ts'
import { type Batch, batchOf, endBatch, type Line } from './line.ts'
import type { ProducerId, ProducerIds } from './producer-ids.ts'

/** Of one produce request. */
const mostRequestBytes = 1024 * 1024
const mostLines = 1000
/** The broker's own limit on waiting for its followers, below the time that a caller waits. */
const brokerTimeoutMs = 3000

type Lane = { readonly node: number; ready: Line[]; isRunning: boolean }
type Sending = { readonly line: Line; readonly batch: Batch }

export interface Lanes {
  /** Sends what the line has to the broker with this number, together with the others that are ready. */
  send(node: number, line: Line): void
}

/**
 * One produce request at a time to each broker, made of the lines that are ready; what comes meanwhile is in the next.
 * With `acks: -1`: an answer means that every replica in sync has it.
 */
export function makeLanes(o: {
  readonly brokers: Brokers
  readonly producerIds: ProducerIds
  readonly log: ServerContext['log']
  /** The line has nothing under way: go on with what waits. */
  readonly onDone: (line: Line) => void
  /** Try again after a pause, wherever its leader is then. */
  readonly onTrouble: (lines: readonly Line[], error: unknown) => void
}): Lanes {
  const lanes = new Map<number, Lane>()

  async function run(lane: Lane): Promise<void> {
    while (lane.ready.length > 0) {
      // In the next turn of the event loop, so that calls of one turn go together.
      await new Promise(setImmediate)
      const lines = take(lane)
      try {
        const producer = await o.producerIds.current()
        await sendTogether(lane.node, pack(lane, lines, producer))
      } catch (error) {
        // Without a producer's id nothing was packed.
        o.onTrouble(lines, error)
      }
    }
    lane.isRunning = false
  }

  function take(lane: Lane): Line[] {
    const count = lane.ready[0]?.isAlone
      ? 1
      : lane.ready.findIndex(({ isAlone }, index) => isAlone || index === mostLines)
    return lane.ready.splice(0, count === -1 ? lane.ready.length : count)
  }

  /** As many as a request holds; the others stay ready. */
  function pack(lane: Lane, lines: readonly Line[], producer: ProducerId): readonly Sending[] {
    const sending: Sending[] = []
    let bytes = 0
    for (const [index, line] of lines.entries()) {
      if (bytes >= mostRequestBytes) {
        lane.ready.push(...lines.slice(index))
        break
      }
      const batch = batchOf(line, producer)
      if (batch === undefined) o.onDone(line)
      else {
        sending.push({ line, batch })
        for (const { outgoing } of batch.entries) bytes += outgoing.bytes
      }
    }
    return sending
  }

  /** Each line that is sent has one outcome, done or trouble, or is ready again; never two, which would send it twice at once. */
  async function sendTogether(node: number, sending: readonly Sending[]): Promise<void> {
    if (sending.length === 0) return
    let broker: KafkaBroker
    try {
      broker = await o.brokers.of(node)
    } catch (error) {
      o.onTrouble(linesOf(sending), error)
      return
    }
    for (const group of byProducer(sending)) {
      try {
        await produce(broker, group)
        for (const { line } of group[1]) done(line)
      } catch (error) {
        refused(node, linesOf(group[1]), error)
      }
    }
  }

  function done(line: Line, failure?: Error): void {
    endBatch(line, failure)
    o.onDone(line)
  }

  function refused(node: number, lines: readonly Line[], error: unknown): void {
    const [only, ...others] = lines
    if (only === undefined) return
    if (answerIn(error) === undefined) o.onTrouble(lines, error)
    else if (others.length === 0) settleRefused(only, error)
    else {
      // The broker's answer is about one of them; kafkajs does not say which.
      for (const line of lines) {
        line.isAlone = true
        laneOf(node).ready.push(line)
      }
    }
  }

  async function produce(
    broker: KafkaBroker,
    [{ producer }, group]: readonly [Batch, readonly Sending[]],
  ): Promise<void> {
    await broker.produce({
      acks: -1,
      timeout: brokerTimeoutMs,
      producerId: producer.id,
      producerEpoch: producer.epoch,
      topicData: group.map(({ line: { topic }, batch }) => ({
        topic,
        partitions: [
          {
            partition: 0,
            firstSequence: batch.firstSequence,
            messages: batch.entries.map(({ outgoing: { value, timestamp } }) => ({
              key: null,
              value,
              timestamp: String(timestamp),
            })),
          },
        ],
      })),
    })
  }

  /** The broker has said what it thinks of this one batch. */
  function settleRefused(line: Line, error: unknown): void {
    switch (answerIn(error)) {
      case 'DUPLICATE_SEQUENCE_NUMBER':
        // It has it from an attempt whose answer was lost.
        done(line)
        return
      case 'OUT_OF_ORDER_SEQUENCE_NUMBER':
      case 'UNKNOWN_PRODUCER_ID':
      case 'INVALID_PRODUCER_EPOCH':
        // It has nothing of it, and takes nothing more under these numbers.
        renumber(line)
        o.onTrouble([line], error)
        return
      default:
        if (!isRefusal(error)) {
          o.onTrouble([line], error)
          return
        }
        o.log.error(
          { topic: line.topic, reason: reasonsOf(error) },
          'Kafka refuses to keep a message',
        )
        done(line, unavailable(`Kafka refuses it (${answerIn(error)})`, { cause: error }))
    }
  }

  function renumber(line: Line): void {
    o.producerIds.giveUp(line.producer)
    line.waiting = [...(line.batch?.entries ?? []), ...line.waiting]
    line.batch = undefined
    line.producer = undefined
  }

  function laneOf(node: number): Lane {
    const found = lanes.get(node)
    if (found !== undefined) return found
    const lane: Lane = { node, ready: [], isRunning: false }
    lanes.set(node, lane)
    return lane
  }

  return {
    send(node, line) {
      const lane = laneOf(node)
      lane.ready.push(line)
      if (lane.isRunning) return
      lane.isRunning = true
      void run(lane)
    },
  }
}

/** A request has one producer's id. After it was given up, some go on under the former one for their present batch. */
function byProducer(sending: readonly Sending[]): Array<readonly [Batch, readonly Sending[]]> {
  const groups = Map.groupBy(sending, ({ batch }) => batch.producer)
  return [...groups.values()].flatMap((group) =>
    group[0] ? [[group[0].batch, group] as const] : [],
  )
}

function linesOf(sending: readonly Sending[]): readonly Line[] {
  return sending.map(({ line }) => line)
}
