import { listOffsetsV7 } from '@platformatic/kafka'
import type { Cluster } from '../cluster/cluster.ts'
import type { Metadata } from '../cluster/metadata.ts'
import { eventually } from '../cluster/pauses.ts'
import { isBrokerFailure, refused, unavailable } from '../failure.ts'
import { kafkaError } from '../wire/error-codes.ts'

/**
 * The first offset that a partition keeps, or the one behind its last readable record. Undefined: no such topic.
 * @throws ChatError `queue_unavailable`
 */
export type FindOffset = (
  topic: string,
  partition: number,
  which: 'first' | 'end',
) => Promise<number | undefined>

const timestamps = { first: -2n, end: -1n } as const
const within = { withinMs: 3000, firstPauseMs: 5, lastPauseMs: 200 }

export function makeFindOffset(o: {
  readonly cluster: Cluster
  readonly metadata: Metadata
}): FindOffset {
  return async (topic, partition, which) => {
    let failure: unknown
    const found = await eventually<{ readonly offset: number | undefined }>(async () => {
      try {
        const info = await o.metadata.find(topic)
        if (info === undefined) return { offset: undefined }
        const answer = await askFor(topic, partition, which, info.leaders[partition] ?? -1)
        if (answer?.errorCode === kafkaError.none) return { offset: Number(answer.offset) }
        failure = refused(`asking for an offset of ${topic}`, answer?.errorCode ?? -1)
      } catch (error) {
        if (!isBrokerFailure(error)) throw error
        failure = error
      }
      o.metadata.forget(topic)
      return undefined
    }, within)
    if (found === undefined) throw unavailable('no broker told its end in time', failure)
    return found.offset
  }

  async function askFor(
    name: string,
    partitionIndex: number,
    which: 'first' | 'end',
    leader: number,
  ) {
    const partition = { partitionIndex, currentLeaderEpoch: -1, timestamp: timestamps[which] }
    const answer = await o.cluster.call<listOffsetsV7.ListOffsetsResponse>(
      leader,
      'read',
      (connection, done) =>
        listOffsetsV7.api(connection, -1, 0, [{ name, partitions: [partition] }], done),
    )
    return answer.topics[0]?.partitions[0]
  }
}
