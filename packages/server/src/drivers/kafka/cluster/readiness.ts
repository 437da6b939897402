import { listOffsetsV7 } from '@platformatic/kafka'
import { isBrokerFailure } from '../failure.ts'
import { kafkaError } from '../wire/error-codes.ts'
import { makeBatcher } from './batcher.ts'
import type { Cluster } from './cluster.ts'
import type { TopicInfo } from './metadata.ts'

/** Do the leaders of a topic serve it? */
export type IsReady = (topic: TopicInfo) => Promise<boolean>

const mostPerRequest = 500

/**
 * Brokers name the leader of a new topic before that leader has opened its log; a message sent in between is refused
 * and waits for the next attempt. So the leaders are asked themselves, many topics in one request.
 */
export function makeIsReady(cluster: Cluster): IsReady {
  const topics = new Map<string, TopicInfo>()
  const ask = makeBatcher<boolean>({
    waitMs: 0,
    most: mostPerRequest,
    isSerial: false,
    async run(names) {
      const unready = new Set<string>()
      const asked = names.flatMap((name) => topics.get(name) ?? [])
      for (const name of names) topics.delete(name)
      const leaders = new Set(asked.flatMap(({ leaders }) => leaders))
      await Promise.all([...leaders].map((leader) => askLeader(leader, asked, unready)))
      return new Map(names.map((name) => [name, !unready.has(name)]))
    },
  })

  async function askLeader(
    leader: number,
    asked: readonly TopicInfo[],
    unready: Set<string>,
  ): Promise<void> {
    const wanted = asked.map(({ name, leaders }) => ({
      name,
      partitions: leaders.flatMap((each, partitionIndex) =>
        each === leader ? [{ partitionIndex, currentLeaderEpoch: -1, timestamp: -1n }] : [],
      ),
    }))
    try {
      const answer = await cluster.call<listOffsetsV7.ListOffsetsResponse>(
        leader,
        'control',
        (connection, done) => listOffsetsV7.api(connection, -1, 0, wanted, done),
      )
      for (const { name, partitions } of answer.topics) {
        if (partitions.some(({ errorCode }) => errorCode !== kafkaError.none)) unready.add(name)
      }
    } catch (error) {
      if (!isBrokerFailure(error)) throw error
      for (const { name, partitions } of wanted) if (partitions.length > 0) unready.add(name)
    }
  }

  return async (topic) => {
    topics.set(topic.name, topic)
    return (await ask(topic.name)) === true
  }
}
