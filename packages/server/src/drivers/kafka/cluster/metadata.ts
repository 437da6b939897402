import type { metadataV12 } from '@platformatic/kafka'
import { refused } from '../failure.ts'
import { kafkaError } from '../wire/error-codes.ts'
import { makeBatcher } from './batcher.ts'
import type { Cluster } from './cluster.ts'

export interface TopicInfo {
  readonly name: string
  /** 32 hex digits. Made again under the same name, a topic has another. */
  readonly id: string
  /** By partition: the number of the broker that leads it, -1 while none does. */
  readonly leaders: readonly number[]
}

/** What is known of topics. Undefined as an answer: the cluster has no such topic. */
export interface Metadata {
  /** From memory. */
  known(topic: string): TopicInfo | undefined
  /** From memory, else from a broker. */
  find(topic: string): Promise<TopicInfo | undefined>
  /** From a broker, whatever memory says. */
  refresh(topic: string): Promise<TopicInfo | undefined>
  /** What is known may be wrong: the next `find` asks. */
  forget(topic: string): void
}

const mostPerRequest = 500
/** Far beyond a node's active topics; past it all are forgotten and asked for again on demand. */
const mostRemembered = 200_000

/** Topics asked for in one turn of the event loop share a request. */
export function makeMetadata(cluster: Cluster): Metadata {
  const byName = new Map<string, TopicInfo>()
  const ask = makeBatcher<TopicInfo | Refusal>({
    waitMs: 0,
    most: mostPerRequest,
    isSerial: false,
    async run(names) {
      const { topics } = await cluster.metadata(names)
      return new Map(topics.map((topic) => [topic.name ?? '', infoOf(topic)]))
    },
  })

  async function refresh(topic: string): Promise<TopicInfo | undefined> {
    const info = await ask(topic)
    if (info === undefined || 'refusal' in info) {
      byName.delete(topic)
      if (info === undefined || info.refusal === kafkaError.unknownTopicOrPartition)
        return undefined
      throw refused(`the topic ${topic}`, info.refusal)
    }
    if (byName.size >= mostRemembered) byName.clear()
    byName.set(topic, info)
    return info
  }

  return {
    known: (topic) => byName.get(topic),
    find: async (topic) => byName.get(topic) ?? refresh(topic),
    refresh,
    forget: (topic) => void byName.delete(topic),
  }
}

type Refusal = { readonly refusal: number }

function infoOf({
  errorCode,
  name,
  topicId,
  partitions,
}: metadataV12.MetadataResponseTopic): TopicInfo | Refusal {
  const isKnown = errorCode === kafkaError.none || errorCode === kafkaError.leaderNotAvailable
  if (!name || !isKnown) return { refusal: errorCode }
  const leaders: number[] = []
  for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId
  return { name, id: topicId.replaceAll('-', ''), leaders }
}
