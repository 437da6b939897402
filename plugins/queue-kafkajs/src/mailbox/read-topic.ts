import type { Brokers, KafkaBroker } from '../kafka/cluster.ts'
import { answerIn, unavailable } from '../kafka/failure.ts'
import { eventually } from '../kafka/waiting.ts'
import type { Metadata, TopicInfo } from '../topics/metadata.ts'
import { earliest, latest, offsetOf } from '../topics/topics.ts'
import type { RawRecord } from './records.ts'

/** A run of one topic. */
export interface Run {
  readonly records: readonly RawRecord[]
  /** Behind the last record looked at. */
  readonly next: number
  /** Behind the last record there is. */
  readonly end: number
}

/** `gone`: no topic has this id any more. */
export type ReadOutcome =
  | ({ readonly kind: 'run' } & Run)
  | { readonly kind: 'out_of_range' }
  | { readonly kind: 'gone' }

export interface ReadTopic {
  /** @throws ChatError `queue_unavailable` */
  run(
    topic: TopicInfo,
    offset: number,
    o: { readonly maxBytes: number; readonly patienceMs?: number },
  ): Promise<ReadOutcome>
  /** Undefined: no topic has this id any more. */
  offset(topic: TopicInfo, which: 'first' | 'end'): Promise<number | undefined>
}

const pauses = { firstPauseMs: 5, lastPauseMs: 200 }
const usualPatienceMs = 3000

/**
 * Reads at any offset, without a group. Brokers are asked by name, as kafkajs can, so what they answer may be of a topic
 * that was made anew: its id is looked at after each answer, and ids never come back.
 */
export function makeReadTopic(o: {
  readonly brokers: Brokers
  readonly metadata: Metadata
}): ReadTopic {
  /** Asks the leader until there is an answer that is of this topic. `'gone'` when there is no such topic. */
  async function ask<T>(
    topic: TopicInfo,
    patienceMs: number,
    question: (broker: KafkaBroker) => Promise<T>,
  ): Promise<T | 'gone'> {
    let info: TopicInfo | undefined = topic
    let failure: unknown
    const answer = await eventually<{ readonly is: T | 'gone' }>(
      async () => {
        if (info === undefined || info.id !== topic.id) return { is: 'gone' }
        try {
          const found = await question(await o.brokers.of(info.leader))
          info = await o.metadata.refresh(topic.name)
          return info?.id === topic.id ? { is: found } : { is: 'gone' }
        } catch (error) {
          failure = error
          info = await o.metadata.refresh(topic.name).catch(() => topic)
          return undefined
        }
      },
      { withinMs: patienceMs, ...pauses },
    )
    if (answer === undefined)
      throw unavailable('no broker let it be read in time', { cause: failure })
    return answer.is
  }

  return {
    async run(topic, offset, { maxBytes, patienceMs = usualPatienceMs }) {
      const found = await ask<ReadOutcome>(topic, patienceMs, (broker) =>
        fetchOnce(broker, topic.name, offset, maxBytes),
      )
      return found === 'gone' ? { kind: 'gone' } : found
    },
    async offset(topic, which) {
      const timestamp = which === 'first' ? earliest : latest
      const found = await ask(topic, usualPatienceMs, (broker) =>
        offsetOf(broker, topic.name, timestamp),
      )
      return found === 'gone' ? undefined : found
    },
  }
}

async function fetchOnce(
  broker: KafkaBroker,
  topic: string,
  offset: number,
  maxBytes: number,
): Promise<ReadOutcome> {
  try {
    const answer: FetchAnswer = await broker.fetch({
      ...readUncommitted,
      maxWaitTime: 0,
      maxBytes,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: String(offset), maxBytes }] }],
    })
    const found = answer.responses[0]?.partitions[0]
    if (found === undefined) throw new Error('an answer without the topic that was asked for')
    const run = runIn(found, offset)
    // Of a batch that compaction has emptied nothing can be seen, not even how long it was.
    const isStuck = run.next === offset && offset < run.end
    return { kind: 'run', ...run, ...(isStuck && { next: offset + 1 }) }
  } catch (error) {
    if (answerIn(error) === 'OFFSET_OUT_OF_RANGE') return { kind: 'out_of_range' }
    throw error
  }
}

/** An open transaction of somebody else would hold up a mailbox for up to 15 minutes. */
export const readUncommitted = { replicaId: -1, isolationLevel: 0 } as const

/** What kafkajs decodes; its types leave it open. */
export interface FetchAnswer {
  readonly responses: ReadonlyArray<{
    readonly topicName: string
    readonly partitions: readonly FetchedPartition[]
  }>
}

interface FetchedPartition {
  readonly highWatermark: string
  readonly messages: ReadonlyArray<{
    readonly offset: string
    readonly value: Buffer | null
    readonly isControlRecord?: boolean
  }>
}

/** A broker answers with whole batches: what lies before the offset is left out. */
export function runIn({ messages, highWatermark }: FetchedPartition, offset: number): Run {
  const end = Number(highWatermark)
  const records: RawRecord[] = []
  let next = offset
  for (const message of messages) {
    const at = Number(message.offset)
    if (at < offset) continue
    next = at + 1
    if (message.isControlRecord !== true) records.push({ offset: at, value: message.value })
  }
  return { records, next, end }
}
