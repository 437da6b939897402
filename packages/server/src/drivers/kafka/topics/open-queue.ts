import type { QueueRecord, UserName } from '@secure-chat/protocol'
import { type Log, type MessageQueue, silentLog } from '../../../ports/index.ts'
import { type Cluster, makeCluster } from '../cluster/cluster.ts'
import { firstContact } from '../cluster/first-contact.ts'
import { makeMetadata } from '../cluster/metadata.ts'
import { makeTopics } from '../cluster/topics.ts'
import { asUnavailable, closed } from '../failure.ts'
import type { KafkaAccess, KafkaTopics } from '../options.ts'
import { makeProducer, type Outgoing } from '../produce/producer.ts'
import { makeFindOffset } from '../read/offsets.ts'
import { makeReadPartition } from '../read/read-partition.ts'
import { makeFetchSessions } from '../tail/fetch-sessions.ts'
import { within } from '../within.ts'
import { makeMailboxes, onlyPartition, topicOf } from './mailboxes.ts'
import { makePages } from './pages.ts'
import { makeRecords } from './records.ts'
import { makeTailReading } from './tail-reading.ts'
import { makeTails } from './tails.ts'

export interface KafkaQueueOptions {
  readonly access: KafkaAccess
  readonly topics: KafkaTopics
  readonly log?: Log
  /** A record of a mailbox was passed over because it is no message. */
  readonly onSkipped?: (user: UserName) => void
}

const pageMaxBytes = 1024 * 1024
/** No caller waits longer, so that a server on a broker that hangs answers within five seconds. */
const answerMs = 4500
const checkMs = 2000
const makingMs = 10_000

/**
 * Opens the queue on Kafka with a topic `user_queue_{username}` for each user: one partition, a record for each message.
 * It opens whether the brokers answer or not, and goes on by itself when they come back.
 *
 * @throws ChatError `config_invalid` when they refuse this server
 */
export async function openKafkaTopicsQueue(o: KafkaQueueOptions): Promise<MessageQueue> {
  const { log = silentLog } = o
  const cluster = makeCluster({ access: o.access, log })
  try {
    await firstContact(cluster, log)
  } catch (error) {
    cluster.close()
    throw error
  }
  return makeTopicsQueue({ onSkipped: () => undefined, ...o, log, cluster })
}

function makeTopicsQueue(
  o: Required<Omit<KafkaQueueOptions, 'access'>> & { readonly cluster: Cluster },
): MessageQueue {
  const { cluster, log, onSkipped } = o
  const metadata = makeMetadata(cluster)
  const topics = makeTopics({ cluster, metadata, partitions: 1, settings: o.topics })
  const producer = makeProducer({
    cluster,
    log,
    routes: {
      leaderOf: (topic, partition) => metadata.known(topic)?.leaders[partition],
      async locate(topic) {
        await topics.ensure(topic)
      },
      forget: metadata.forget,
    },
  })
  const mailboxes = makeMailboxes({ topics, metadata })
  const records = makeRecords({ log, onSkipped })
  const readPartition = makeReadPartition({ cluster, metadata })
  const findOffset = makeFindOffset({ cluster, metadata })
  const pages = makePages({ mailboxes, records, readPartition, findOffset })
  const reading = makeTailReading({ mailboxes, pages, readPartition, findOffset })
  const sessions = makeFetchSessions({ cluster, metadata, log })
  const tails = makeTails({ reading, sessionOf: sessions.of, records, log })
  let closing: Promise<void> | undefined

  /** Runs work on the open engine within the time, its errors as the port promises them. */
  async function guarded<T>(work: () => Promise<T>, waitMs = answerMs): Promise<T> {
    if (closing) throw closed()
    try {
      return await within(waitMs, work())
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  return {
    supports: { expiry: false, durability: true },
    createMailbox: (user) =>
      guarded(async () => {
        await topics.create(topicOf(user))
      }, makingMs),
    async removeMailbox(user) {
      await guarded(() => topics.remove(topicOf(user)), makingMs)
      tails.removed(user)
    },
    enqueue: (user, record) => producer.add([outgoing(user, record)]),
    enqueueAll: (entries) =>
      producer.add(entries.map(({ user, record }) => outgoing(user, record))),
    read: (user, { after, limit, maxBytes = pageMaxBytes }) =>
      guarded(() => pages.read(user, after, { limit, maxBytes })),
    end: (user) => guarded(() => pages.end(user)),
    tail: (user, after, sink) => tails.open(user, after, sink),
    // The brokers do it, by the settings of each topic.
    expire: async () => ({ removed: 0, more: false }),
    check: () =>
      guarded(async () => {
        await cluster.metadata([])
      }, checkMs),
    close() {
      closing ??= producer.close().then(() => {
        tails.endAll(closed())
        sessions.close()
        cluster.close()
      })
      return closing
    },
  }
}

function outgoing(user: UserName, record: QueueRecord): Outgoing {
  const value = JSON.stringify(record)
  return {
    topic: topicOf(user),
    partition: onlyPartition,
    value,
    valueBytes: Buffer.byteLength(value),
    timestamp: Date.parse(record.timestamp),
  }
}
