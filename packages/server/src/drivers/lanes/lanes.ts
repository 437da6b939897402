import { ChatError, type UserName } from '@secure-chat/protocol'
import type { Metadata, TopicInfo } from '../kafka/cluster/metadata.ts'
import type { Topics } from '../kafka/cluster/topics.ts'
import { unavailable } from '../kafka/failure.ts'
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

/**
 * Finds or makes the topic, and the lanes' documents.
 * @throws ChatError `config_invalid` when topic, database and `count` do not belong together; `queue_unavailable`
 */
export async function openLanes(o: {
  readonly topicName: string
  readonly count: number
  readonly topics: Topics
  readonly metadata: Metadata
  readonly store: LaneStore
}): Promise<Lanes> {
  const { topicName, count, metadata, store } = o
  const opened = await o.topics.ensure(topicName)
  if (opened.leaders.length !== count) throw otherNumber(topicName, opened.leaders.length, count)
  const { id } = opened
  await prepareLanes(store, { topicName, topicId: id, count })

  const known = (): TopicInfo | undefined => {
    const info = metadata.known(topicName)
    return info?.id === id ? info : undefined
  }
  return {
    topicName,
    topicId: id,
    count,
    of: (user) => laneOf(user, count),
    async topic() {
      const info = known() ?? (await metadata.refresh(topicName))
      if (info?.id !== id) throw unavailable(`its topic ${topicName} was deleted`)
      return info
    },
    leaderOf: (lane) => known()?.leaders[lane],
  }
}

async function prepareLanes(
  { lanes }: LaneStore,
  o: { readonly topicName: string; readonly topicId: string; readonly count: number },
): Promise<void> {
  const numbers = Array.from({ length: o.count }, (_, lane) => lane)
  // Upserts of the same lane at the same moment may meet: the one that is refused finds what the other made.
  await lanes
    .bulkWrite(
      numbers.map((lane) => ({
        updateOne: {
          filter: { _id: lane },
          update: { $setOnInsert: { topic_id: o.topicId, written: 0 } },
          upsert: true,
        },
      })),
      { ordered: false },
    )
    .catch(passDuplicates)
  const found = await lanes.find({ _id: { $gte: 0 } }).toArray()
  if (found.some(({ topic_id }) => topic_id !== o.topicId)) throw otherTopic(o.topicName)
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

function otherNumber(topicName: string, partitions: number, count: number): ChatError {
  return new ChatError(
    'config_invalid',
    `LANES is ${count}, but the topic ${topicName} has ${partitions} partitions, and users stay in their lane. Set LANES=${partitions}; for another number move to an empty broker and database by \`secure-chat-server migrate\`.`,
  )
}

function otherTopic(topicName: string): ChatError {
  return new ChatError(
    'config_invalid',
    `The mailboxes in the database of DATABASE_URL come from another topic than the ${topicName} of QUEUE_URL: the settings name the wrong pair, or the topic was deleted. Correct them; only if its messages are gone for good, drop the collections mailboxes, mailbox_floors and mailbox_lanes to begin with empty mailboxes.`,
  )
}
