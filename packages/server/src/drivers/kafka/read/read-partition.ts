import type { Cluster } from '../cluster/cluster.ts'
import type { Metadata, TopicInfo } from '../cluster/metadata.ts'
import { eventually } from '../cluster/pauses.ts'
import { isBrokerFailure, refused, unavailable } from '../failure.ts'
import { decodeRecords, type RawRecord } from '../wire/decode-records.ts'
import { kafkaError } from '../wire/error-codes.ts'
import { type FetchAnswer, type FetchedPartition, sendFetch } from '../wire/fetch.ts'

/** A run of one partition. */
interface Slice {
  readonly kind: 'slice'
  readonly records: readonly RawRecord[]
  /** Behind the last record looked at. */
  readonly next: number
  /** Behind the last record that may be read. */
  readonly end: number
  /** The first offset that is still kept. */
  readonly start: number
}

/** `out_of_range`: retention took the offset, or it was never given out. `gone`: no topic has this id any more. */
export type ReadOutcome = Slice | { readonly kind: 'out_of_range' } | { readonly kind: 'gone' }

/**
 * Reads one partition without a group and without a session, so that any number of them go on side by side.
 * Follows the leader. @throws ChatError `queue_unavailable`
 */
export type ReadPartition = (o: {
  readonly topic: TopicInfo
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
  /** How long to look for a broker that lets it be read; three seconds when left out. */
  readonly patienceMs?: number
}) => Promise<ReadOutcome>

const pauses = { firstPauseMs: 5, lastPauseMs: 200 }
const usualPatienceMs = 3000

export function makeReadPartition(o: {
  readonly cluster: Cluster
  readonly metadata: Metadata
}): ReadPartition {
  return async ({ topic, partition, offset, maxBytes, patienceMs = usualPatienceMs }) => {
    let info: TopicInfo | undefined = topic
    let failure: unknown
    const outcome = await eventually<ReadOutcome>(
      async () => {
        if (info === undefined || info.id !== topic.id) return { kind: 'gone' }
        try {
          const found = await fetchOnce(info, { partition, offset, maxBytes })
          const settled = outcomeOf(found, offset)
          if (settled !== undefined) return settled
          failure = refused(`reading ${topic.name}`, found?.errorCode ?? -1)
          // What a broker does not know may be young: it is gone when the cluster says so too.
          info = await o.metadata.refresh(topic.name)
        } catch (error) {
          if (!isBrokerFailure(error)) throw error
          failure = error
          o.metadata.forget(topic.name)
          info = await o.metadata.find(topic.name).catch(() => topic)
        }
        return undefined
      },
      { withinMs: patienceMs, ...pauses },
    )
    if (outcome === undefined) throw unavailable('no broker let it be read in time', failure)
    return outcome
  }

  async function fetchOnce(
    { id: topicId, leaders }: TopicInfo,
    position: { readonly partition: number; readonly offset: number; readonly maxBytes: number },
  ): Promise<FetchedPartition | undefined> {
    const { maxBytes } = position
    const answer = await o.cluster.call<FetchAnswer>(
      leaders[position.partition] ?? -1,
      'read',
      (connection, done) =>
        sendFetch(
          connection,
          {
            maxWaitMs: 0,
            maxBytes,
            sessionId: 0,
            sessionEpoch: -1,
            positions: [{ topicId, ...position }],
            forgotten: [],
          },
          done,
        ),
    )
    return answer.partitions[0]
  }
}

/** Undefined: to be tried again with fresh metadata. */
function outcomeOf(found: FetchedPartition | undefined, offset: number): ReadOutcome | undefined {
  if (found?.errorCode === kafkaError.offsetOutOfRange) return { kind: 'out_of_range' }
  if (found?.errorCode !== kafkaError.none) return undefined
  return {
    kind: 'slice',
    ...decodeRecords(found.batches, offset),
    end: found.highWatermark,
    start: found.logStart,
  }
}
