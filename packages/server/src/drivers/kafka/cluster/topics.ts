import { createTopicsV7, deleteTopicsV6 } from '@platformatic/kafka'
import { refused, unavailable } from '../failure.ts'
import type { KafkaTopics } from '../options.ts'
import { kafkaError } from '../wire/error-codes.ts'
import { makeBatcher } from './batcher.ts'
import type { Cluster } from './cluster.ts'
import type { Metadata, TopicInfo } from './metadata.ts'
import { eventually } from './pauses.ts'
import { makeIsReady } from './readiness.ts'

export interface Topics {
  /** Found, or made; the leaders serve it when it resolves, so the first message never waits for them. */
  ensure(name: string): Promise<TopicInfo>
  /** Made if it is not there, without looking into memory first; for a topic that was just told to be missing. */
  create(name: string): Promise<TopicInfo>
  /** Gone when it resolves. Unknown is harmless. */
  remove(name: string): Promise<void>
}

/** Alone a topic costs 30 ms, in a batch of a hundred half a millisecond (architecture, "Engines"). */
const batch = { waitMs: 4, most: 100, isSerial: true }
/** A burst of registrations waits for its turn; a broker that is gone fails sooner by itself. */
const readyWithin = { withinMs: 8000, firstPauseMs: 3, lastPauseMs: 100 }
const brokerTimeoutMs = 2500

type Made = {
  readonly errorCode: number
  readonly detail: string | null | undefined
  readonly id: string
}

export function makeTopics(o: {
  readonly cluster: Cluster
  readonly metadata: Metadata
  readonly partitions: number
  readonly settings: KafkaTopics
}): Topics {
  const { cluster, metadata } = o
  const isReady = makeIsReady(cluster)
  const configs = Object.entries(topicConfig(o.settings)).map(([name, value]) => ({ name, value }))

  const askToMake = makeBatcher<Made>({
    ...batch,
    async run(names) {
      const topics = names.map((name) => ({
        name,
        numPartitions: o.partitions,
        replicationFactor: o.settings.replicationFactor ?? -1,
        assignments: [],
        configs,
      }))
      const answer = await cluster.call<createTopicsV7.CreateTopicsResponse>(
        'controller',
        'control',
        (connection, done) => createTopicsV7.api(connection, topics, brokerTimeoutMs, false, done),
      )
      return new Map(
        answer.topics.map(({ name, errorCode, errorMessage, topicId }) => [
          name,
          { errorCode, detail: errorMessage, id: topicId.replaceAll('-', '') },
        ]),
      )
    },
  })

  /** Resolves with the id of what was made; undefined for one that was there before. */
  async function make(name: string): Promise<{ id: string | undefined } | undefined> {
    const made = await askToMake(name)
    if (made === undefined) return undefined
    switch (made.errorCode) {
      case kafkaError.none:
        return { id: made.id }
      case kafkaError.topicAlreadyExists:
        return { id: undefined }
      case kafkaError.notController:
        await cluster.metadata([])
        return undefined
      case kafkaError.requestTimedOut:
      case kafkaError.throttlingQuotaExceeded:
        return undefined
      default:
        throw refused(`making the topic ${name}`, made.errorCode, made.detail)
    }
  }

  async function create(name: string): Promise<TopicInfo> {
    const made = await eventually(() => make(name), readyWithin)
    const ready =
      made &&
      (await eventually(async () => {
        const info = await metadata.refresh(name)
        if (info === undefined || (made.id ?? info.id) !== info.id) return undefined
        return hasLeaders(info) && (await isReady(info)) ? info : undefined
      }, readyWithin))
    if (ready === undefined) throw unavailable('its topic could not be made in time')
    return ready
  }

  return {
    create,
    async ensure(name) {
      const found = await metadata.find(name)
      if (found === undefined) return create(name)
      return hasLeaders(found) ? found : create(name)
    },
    async remove(name) {
      const before = await metadata.refresh(name)
      const answer = await cluster.call<deleteTopicsV6.DeleteTopicsResponse>(
        'controller',
        'control',
        (connection, done) => deleteTopicsV6.api(connection, [{ name }], brokerTimeoutMs, done),
      )
      for (const { errorCode, errorMessage } of answer.responses) {
        if (errorCode === kafkaError.none) continue
        if (errorCode === kafkaError.unknownTopicOrPartition) continue
        if (errorCode === kafkaError.notController) await cluster.metadata([])
        throw refused(`removing the topic ${name}`, errorCode, errorMessage)
      }
      const isGone = await eventually(async () => {
        const now = await metadata.refresh(name)
        return now === undefined || now.id !== before?.id ? true : undefined
      }, readyWithin)
      metadata.forget(name)
      if (!isGone) throw unavailable('its topic was not removed in time')
    },
  }
}

function hasLeaders({ leaders }: TopicInfo): boolean {
  return leaders.length > 0 && leaders.every((leader) => leader >= 0)
}

const weekMs = 7 * 24 * 3600 * 1000
const largestSegmentBytes = 64 * 1024 * 1024

/**
 * Retention removes whole segments, so they are small enough and young enough for it. Two index files of each active
 * segment are mapped at their full size: ten thousand topics at the broker's default of 10 MiB would be 200 GiB.
 */
function topicConfig(settings: KafkaTopics): Record<string, string> {
  const { retentionMs, retentionBytes } = settings
  return {
    'retention.ms': String(retentionMs),
    'retention.bytes': String(retentionBytes),
    'segment.ms': String(Math.min(retentionMs, weekMs)),
    'segment.bytes': String(
      Math.max(1024 * 1024, Math.min(largestSegmentBytes, Math.floor(retentionBytes / 8))),
    ),
    'segment.index.bytes': String(256 * 1024),
    // 192 KiB of text take up to six times as much in JSON.
    'max.message.bytes': String(2 * 1024 * 1024),
    ...settings.config,
  }
}
