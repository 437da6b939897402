import type { QueueRecord, UserName } from '@secure-chat/protocol'
import { type Clock, type Log, type MessageQueue, silentLog } from '../../ports/index.ts'
import { makeCluster } from '../kafka/cluster/cluster.ts'
import { firstContact } from '../kafka/cluster/first-contact.ts'
import { makeMetadata } from '../kafka/cluster/metadata.ts'
import { makeTopics } from '../kafka/cluster/topics.ts'
import { closed } from '../kafka/failure.ts'
import { makeMailboxTails } from '../kafka/mailbox/tails.ts'
import type { KafkaAccess, KafkaTopics } from '../kafka/options.ts'
import { makeProducer, type Outgoing } from '../kafka/produce/producer.ts'
import { makeFindOffset } from '../kafka/read/offsets.ts'
import { makeReadPartition } from '../kafka/read/read-partition.ts'
import { makeFetchSessions } from '../kafka/tail/fetch-sessions.ts'
import { makeRecords } from '../kafka/topics/records.ts'
import { within } from '../kafka/within.ts'
import type { connectMongo } from '../mongo/connect.ts'
import { makeCopier } from './copy/copier.ts'
import { makeMembership } from './copy/membership.ts'
import { shareOf } from './copy/shares.ts'
import { asQueueFailure } from './failure.ts'
import { makeFloors } from './floors.ts'
import { openLanes } from './lanes.ts'
import { makeLive } from './live.ts'
import { makeOwnRecords } from './own-records.ts'
import { makePages } from './pages.ts'
import { makePositions } from './positions.ts'
import { makeRemoveMailbox } from './removal.ts'
import { openLaneStore } from './store.ts'
import { makeTailReading } from './tail-reading.ts'
import { makeTidy } from './tidy.ts'

interface LanesQueueOptions {
  readonly access: KafkaAccess
  /** `retentionBytes` is not used: a lane is not one mailbox. */
  readonly topics: KafkaTopics
  /** `mongodb://` or `mongodb+srv://`. */
  readonly databaseUrl: string
  readonly lanes: number
  readonly clock: Pick<Clock, 'now'>
  readonly log?: Log
  /** A record of a mailbox was passed over because it is no message. */
  readonly onSkipped?: (user: UserName) => void
  /** Left out: as everywhere in this server. */
  readonly connect?: typeof connectMongo
  /** For suites that share a broker. */
  readonly topicName?: string
  /** Between two rounds of retention. */
  readonly tidyEveryMs?: number
}

/** A queue whose lanes are copied by its nodes. */
export interface LanesQueue extends MessageQueue {
  /** Records of all lanes that are acknowledged and not yet in the collection. */
  lag(): Promise<number>
}

const pageMaxBytes = 1024 * 1024
/** No caller waits longer, so that a server whose engines hang answers within five seconds. */
const answerMs = 4500
const checkMs = 2000
const removingMs = 10_000
const tidyEveryMs = 60_000

/**
 * Opens the queue on one topic of Kafka for all users, and MongoDB for reading.
 *
 * @throws ChatError `config_invalid`, `database_unavailable`, and `queue_unavailable` when no broker answers at the very first
 *   start: later ones know from the database which topic it must be
 */
export async function openLanesQueue(o: LanesQueueOptions): Promise<LanesQueue> {
  const { clock, log = silentLog, onSkipped = () => undefined } = o
  const store = await openLaneStore(o.databaseUrl, o.connect)
  const cluster = makeCluster({ access: o.access, log })
  const metadata = makeMetadata(cluster)
  const topics = makeTopics({
    cluster,
    metadata,
    partitions: o.lanes,
    settings: { ...o.topics, config: { ...laneConfig, ...o.topics.config } },
  })
  const topicName = o.topicName ?? 'user_lanes'
  const lanes = await firstContact(cluster, log)
    .then(() => openLanes({ topicName, count: o.lanes, topics, metadata, store }))
    .catch(async (error: unknown) => {
      cluster.close()
      await store.close()
      throw asQueueFailure(error)
    })

  const producer = makeProducer({
    cluster,
    log,
    routes: {
      leaderOf: (_topic, partition) => lanes.leaderOf(partition),
      async locate() {
        await lanes.topic()
      },
      forget: metadata.forget,
    },
  })
  const floors = makeFloors(store)
  const positions = makePositions(store)
  const readPartition = makeReadPartition({ cluster, metadata })
  const findOffset = makeFindOffset({ cluster, metadata })
  const records = makeRecords({ log, onSkipped })
  const ownRecords = makeOwnRecords({ lanes, store, positions, findOffset, readPartition })
  const pages = makePages({ lanes, floors, records, ownRecords })
  const tailSessions = makeFetchSessions({ cluster, metadata, log })
  const tails = makeMailboxTails({
    reading: makeTailReading({ pages }),
    makeLive: (deps) => makeLive({ ...deps, sessionOf: tailSessions.of, records }),
    records,
    log,
  })
  const remove = makeRemoveMailbox({ lanes, producer, ownRecords, readPartition, floors, clock })

  const tidy = makeTidy({ store, floors, clock, everyMs: o.tidyEveryMs ?? tidyEveryMs, log })
  const copySessions = makeFetchSessions({ cluster, metadata, log }, 'copy')
  const copier = makeCopier({
    lanes,
    store,
    floors,
    positions,
    findOffset,
    sessionOf: copySessions.of,
    retentionMs: o.topics.retentionMs,
    clock,
    log,
    onRemovals: tidy.start,
  })
  const membership = makeMembership({
    store,
    log,
    onNodes(ids) {
      const share = shareOf(membership.id, ids, lanes.count)
      copier.copy(share)
      tidy.appoint(share.has(0))
    },
  })
  await membership.start()
  let closing: Promise<void> | undefined

  /** Runs work on the open engines within the time, its errors as the port promises them. */
  async function guarded<T>(work: () => Promise<T>, waitMs = answerMs): Promise<T> {
    if (closing) throw closed()
    try {
      return await within(waitMs, work(), 'Kafka or MongoDB')
    } catch (error) {
      throw asQueueFailure(error)
    }
  }

  function outgoing(user: UserName, record: QueueRecord): Outgoing {
    const value = JSON.stringify(record)
    return {
      topic: lanes.topicName,
      partition: lanes.of(user),
      key: user,
      value,
      valueBytes: Buffer.byteLength(value),
      timestamp: Date.parse(record.timestamp),
    }
  }

  async function lagOf(lane: number): Promise<number> {
    const [end, written] = await Promise.all([ownRecords.end(lane), positions.fetch(lane)])
    return Math.max(0, end - written)
  }

  async function close(): Promise<void> {
    await producer.close()
    tails.endAll(closed())
    await Promise.all([copier.close(), tidy.close()])
    await membership.stop()
    tailSessions.close()
    copySessions.close()
    cluster.close()
    await store.close()
  }

  return {
    supports: { expiry: false, durability: true },
    // A mailbox is where its first record is: there is nothing to make, but the lane must be there for it.
    createMailbox: () =>
      guarded(async () => {
        await lanes.topic()
      }),
    removeMailbox: (user) =>
      guarded(async () => tails.removed(user, await remove(user)), removingMs),
    enqueue: (user, record) => producer.add([outgoing(user, record)]),
    enqueueAll: (entries) =>
      producer.add(entries.map(({ user, record }) => outgoing(user, record))),
    read: (user, { after, limit, maxBytes = pageMaxBytes }) =>
      guarded(() => pages.read(user, after, { limit, maxBytes })),
    end: (user) => guarded(() => pages.end(user)),
    tail: (user, after, sink) => tails.open(user, after, sink),
    // Each record has its day of expiry when it is written, and the nodes delete by it.
    expire: async () => ({ removed: 0, more: false }),
    check: () =>
      guarded(async () => {
        await Promise.all([cluster.metadata([]), store.ping()])
      }, checkMs),
    lag: () =>
      guarded(async () => {
        const lags = await Promise.all(
          Array.from({ length: lanes.count }, (_, lane) => lagOf(lane)),
        )
        return lags.reduce((sum, lag) => sum + lag, 0)
      }),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** A lane holds many mailboxes: no size of one may end it, and its segments are as large as its traffic. */
const laneConfig = {
  'retention.bytes': '-1',
  'segment.bytes': String(256 * 1024 * 1024),
  'segment.index.bytes': String(4 * 1024 * 1024),
}
