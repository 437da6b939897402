import type { Brokers } from '../kafka/cluster.ts'
import { unavailable } from '../kafka/failure.ts'
import { errorCodes, metadataCall, type TopicFound } from '../kafka/metadata-request.ts'
import { makeBatcher } from './batcher.ts'

export type TopicInfo = Pick<TopicFound, 'name' | 'id' | 'leader'>

/** What is known of topics. Undefined as an answer: the cluster has no such topic. */
export interface Metadata {
  /** From memory. */
  known(topic: string): TopicInfo | undefined
  /** From memory, else from a broker. */
  find(topic: string): Promise<TopicInfo | undefined>
  /** From a broker, whatever memory says. */
  refresh(topic: string): Promise<TopicInfo | undefined>
  forget(topic: string): void
  /** Rejects when no broker answers. */
  check(): Promise<void>
}

const mostPerRequest = 500
/** Far beyond a node's active topics; past it all are forgotten and asked for again on demand. */
const mostRemembered = 200_000

/** Topics asked for while an answer is awaited share the next request. */
export function makeMetadata(brokers: Brokers): Metadata {
  const byName = new Map<string, TopicInfo>()
  const ask = makeBatcher<TopicFound>({
    waitMs: 0,
    most: mostPerRequest,
    async run(names) {
      const { connectionPool } = await brokers.any()
      const found = await connectionPool.send(metadataCall(names))
      return new Map(found.map((topic) => [topic.name, topic]))
    },
  })

  async function refresh(topic: string): Promise<TopicInfo | undefined> {
    const found = await ask(topic)
    const isThere =
      found?.errorCode === errorCodes.none || found?.errorCode === errorCodes.leaderNotAvailable
    if (found === undefined || !isThere) {
      byName.delete(topic)
      if (found === undefined || found.errorCode === errorCodes.unknownTopic) return undefined
      throw unavailable(`Kafka refuses to tell of ${topic} (code ${found.errorCode})`)
    }
    const { name, id, leader } = found
    const info = { name, id, leader }
    if (byName.size >= mostRemembered) byName.clear()
    byName.set(topic, info)
    return info
  }

  return {
    known: (topic) => byName.get(topic),
    find: async (topic) => byName.get(topic) ?? refresh(topic),
    refresh,
    forget: (topic) => void byName.delete(topic),
    async check() {
      const { connectionPool } = await brokers.any()
      await connectionPool.send(metadataCall([]))
    },
  }
}
