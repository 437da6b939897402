import { ChatError, isChatError, type UserName } from '@secure-chat/protocol'
import type { Metadata, TopicInfo } from '../kafka/cluster/metadata.ts'
import { eventually } from '../kafka/cluster/pauses.ts'
import type { Topics } from '../kafka/cluster/topics.ts'
import { isPassing, reasonsOf, unavailable } from '../kafka/failure.ts'
import { retryDuplicates } from '../mongo/duplicates.ts'
import { laneOf } from './lane-of.ts'
import type { LaneStore } from './store.ts'

/** The one topic of this layout. A lane is a partition of it. */
export interface Lanes {
  readonly topicName: string
  readonly topicId: string
  readonly count: number
  of(user: UserName): number
  /**
   * From memory, else from a broker.
   * @throws ChatError `queue_unavailable` when the topic is not the one it was at the start: what is written has its offsets
   */
  topic(): Promise<TopicInfo>
  /** From memory; undefined when `topic()` must find out. */
  leaderOf(lane: number): number | undefined
}

const firstStart = { withinMs: 40_000, firstPauseMs: 100, lastPauseMs: 1000 }

interface LanesDeps {
  readonly topicName: string
  readonly count: number
  readonly topics: Topics
  readonly metadata: Metadata
  readonly store: LaneStore
}

/**
 * Finds or makes the topic, and the lanes' documents.
 * @throws ChatError `config_invalid` when topic, database and `count` do not belong together; `queue_unavailable` when no
 *   broker answers at the very first start
 */
export async function openLanes(o: LanesDeps): Promise<Lanes> {
  const { topicName, count, metadata } = o
  const id = await findTopicId(o)
  await prepareLanes(o.store, { topicName, topicId: id, count })

  const isTheSame = (info: TopicInfo) => info.id === id && info.leaders.length >= count
  const known = (): TopicInfo | undefined => {
    const info = metadata.known(topicName)
    return info && isTheSame(info) ? info : undefined
  }
  return {
    topicName,
    topicId: id,
    count,
    of: (user) => laneOf(user, count),
    async topic() {
      const info = known() ?? (await metadata.refresh(topicName))
      if (info && isTheSame(info)) return info
      throw unavailable(`its topic ${topicName} is not the one that its lanes are written from`)
    },
    leaderOf: (lane) => known()?.leaders[lane],
  }
}

/** From the brokers; while none answers, what was written down at an earlier start. */
async function findTopicId(o: LanesDeps): Promise<string> {
  const { topicName, count } = o
  const [first, last] = await Promise.all([
    o.store.lanes.findOne({ _id: 0 }),
    o.store.lanes.findOne({ _id: { $gte: 0 } }, { sort: { _id: -1 } }),
  ])
  const before = last === null ? 0 : last._id + 1
  if (before > 0 && before !== count) throw otherNumber(topicName, before, count)
  try {
    const { id, leaders } = await (first === null ? makeAtLast(o) : o.topics.ensure(topicName))
    // Partitions that were added later by hand hold nobody.
    if (before === 0 ? leaders.length !== count : leaders.length < count) {
      throw otherNumber(topicName, leaders.length, count)
    }
    return id
  } catch (error) {
    if (!isPassing(error)) throw isChatError(error) ? error : notMade(topicName, error)
    if (first === null) throw error
    return first.topic_id
  }
}

/** Brokers and servers are often started together, and a busy broker takes its time for as many partitions. */
async function makeAtLast({ topics, topicName }: LanesDeps): Promise<TopicInfo> {
  let failure: unknown
  const made = await eventually(
    () =>
      topics.ensure(topicName).catch((error: unknown) => {
        if (!isPassing(error)) throw error
        failure = error
        return undefined
      }),
    firstStart,
  )
  if (made === undefined) throw failure
  return made
}

/** The last one first: by it the next start knows the number, even if this one does not come to its end. */
async function prepareLanes(
  { lanes }: LaneStore,
  o: { readonly topicName: string; readonly topicId: string; readonly count: number },
): Promise<void> {
  const before = await lanes.find({ _id: { $gte: 0 } }).toArray()
  if (before.some(({ topic_id }) => topic_id !== o.topicId)) throw otherTopic(o.topicName)
  if (before.length === o.count) return
  const upserts = Array.from({ length: o.count }, (_, index) => ({
    updateOne: {
      filter: { _id: o.count - 1 - index },
      update: { $setOnInsert: { topic_id: o.topicId, written: 0 } },
      upsert: true,
    },
  }))
  await retryDuplicates(() => lanes.bulkWrite(upserts))
}

function otherNumber(topicName: string, present: number, count: number): ChatError {
  return new ChatError(
    'config_invalid',
    `LANES is ${count}, but the topic ${topicName} has ${present}, and users stay in their lane. Set LANES=${present}; for another number move to an empty broker and database by \`secure-chat-server migrate\`.`,
  )
}

function otherTopic(topicName: string): ChatError {
  return new ChatError(
    'config_invalid',
    `The mailboxes in the database of DATABASE_URL come from another topic than the ${topicName} of QUEUE_URL: the settings name the wrong pair, or the topic was deleted. Correct them; only if its messages are gone for good, drop the collections mailboxes, mailbox_floors and mailbox_lanes to begin with empty mailboxes.`,
  )
}

function notMade(topicName: string, cause: unknown): ChatError {
  return new ChatError(
    'config_invalid',
    `Kafka does not make the topic ${topicName} (${reasonsOf(cause)}). Check KAFKA_REPLICATION_FACTOR, KAFKA_TOPIC_CONFIG and what its user may do; or make it yourself, with LANES partitions.`,
    { cause },
  )
}
