import { ChatError, type UserName } from '@secure-chat/protocol'
import type { Log } from '../../ports/index.ts'
import type { Metadata, TopicInfo } from '../kafka/cluster/metadata.ts'
import type { Topics } from '../kafka/cluster/topics.ts'
import { isPassing, reasonsOf, unavailable } from '../kafka/failure.ts'
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

interface LanesDeps {
  readonly topicName: string
  readonly count: number
  readonly topics: Topics
  readonly metadata: Metadata
  readonly store: LaneStore
  readonly log: Log
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
    o.store.lanes.findOne({}, { sort: { _id: -1 } }),
  ])
  const before = last === null ? 0 : last._id + 1
  if (before > 0 && before !== count) throw otherNumber(topicName, before, count)
  try {
    const { id, leaders } = await o.topics.ensure(topicName)
    // Partitions that were added later by hand hold nobody.
    if (before === 0 ? leaders.length !== count : leaders.length < count) {
      throw otherNumber(topicName, leaders.length, count)
    }
    return id
  } catch (error) {
    if (first === null || !isPassing(error)) throw error
    const reason = reasonsOf(error)
    o.log.warn({ reason }, 'Kafka does not answer yet; the server starts without it')
    return first.topic_id
  }
}

/** Upserts of the same lane at the same moment may meet: the one that is refused finds what the other made. */
async function prepareLanes(
  { lanes }: LaneStore,
  o: { readonly topicName: string; readonly topicId: string; readonly count: number },
): Promise<void> {
  const before = await lanes.find({ _id: { $gte: 0 } }).toArray()
  if (before.some(({ topic_id }) => topic_id !== o.topicId)) throw otherTopic(o.topicName)
  if (before.length === o.count) return
  const upserts = Array.from({ length: o.count }, (_, lane) => ({
    updateOne: {
      filter: { _id: lane },
      update: { $setOnInsert: { topic_id: o.topicId, written: 0 } },
      upsert: true,
    },
  }))
  await lanes.bulkWrite(upserts, { ordered: false }).catch(passDuplicates)
}

function passDuplicates(error: unknown): void {
  if (!isDuplicateOnly(error)) throw error
}

/** Every error of a batch of writes is a document that is there already. */
export function isDuplicateOnly(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('writeErrors' in error)) return false
  const errors = [error.writeErrors].flat()
  return errors.length > 0 && errors.every((each) => (each as { code?: unknown }).code === 11000)
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
