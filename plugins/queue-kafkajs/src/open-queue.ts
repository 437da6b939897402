import type {
  MessageQueue,
  QueueRecord,
  ServerContext,
  UserName,
} from '@secure-chat/plugin-sdk/server'
import type { KafkaConfig } from 'kafkajs'
import { type Connections, makeConnections } from './kafka/cluster.ts'
import { asUnavailable, closed } from './kafka/failure.ts'
import { firstContact } from './kafka/first-contact.ts'
import { within } from './kafka/waiting.ts'
import { makeMailboxes, topicOf } from './mailbox/mailboxes.ts'
import { makePages } from './mailbox/pages.ts'
import { makeReadTopic } from './mailbox/read-topic.ts'
import { makeReadItem } from './mailbox/records.ts'
import { makePolls } from './tail/polls.ts'
import { makeReadOn } from './tail/read-on.ts'
import { makeTails } from './tail/tails.ts'
import { makeMetadata } from './topics/metadata.ts'
import type { TopicSettings } from './topics/topic-config.ts'
import { makeTopics } from './topics/topics.ts'
import type { Outgoing } from './write/line.ts'
import { makeWriter } from './write/writer.ts'

export interface QueueOptions {
  readonly access: KafkaConfig
  readonly topics: TopicSettings
  readonly log: ServerContext['log']
  /** A record of a mailbox was passed over because it is no message. */
  readonly onSkipped: () => void
}

const pageMaxBytes = 1024 * 1024
/** No caller waits longer, so that a server on a broker that hangs answers within five seconds. */
const answerMs = 4500
const checkMs = 2000
const makingMs = 10_000

/**
 * Opens the queue. It opens whether the brokers answer or not, and goes on by itself when they come back.
 *
 * @throws ChatError `config_invalid` when they refuse this server
 */
export async function openQueue(o: QueueOptions): Promise<MessageQueue> {
  const connections = makeConnections(o.access)
  try {
    await firstContact(connections, o.log)
  } catch (error) {
    await connections.close()
    throw error
  }
  return queueOn(connections, o)
}

function queueOn(connections: Connections, o: QueueOptions): MessageQueue {
  const { log } = o
  const metadata = makeMetadata(connections.control)
  const topics = makeTopics({ connections, metadata, settings: o.topics })
  const mailboxes = makeMailboxes({ topics, metadata })
  const readTopic = makeReadTopic({ brokers: connections.control, metadata })
  const readItem = makeReadItem(log, o.onSkipped)
  const pages = makePages({ mailboxes, metadata, readTopic, readItem })
  const readOn = makeReadOn({ mailboxes, metadata, readTopic, pages })
  const polls = makePolls({ brokers: connections.tail, metadata, log })
  const tails = makeTails({ readOn, polls, readItem, log })
  const writer = makeWriter({ connections, topics, metadata, log })
  let closing: Promise<void> | undefined

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
      writer.forget(topicOf(user))
      tails.removed(user)
    },
    enqueue: (user, record) => writer.add([outgoing(user, record)]),
    enqueueAll: (entries) => writer.add(entries.map(({ user, record }) => outgoing(user, record))),
    read: (user, { after, limit, maxBytes = pageMaxBytes }) =>
      guarded(() => pages.read(user, after, { limit, maxBytes })),
    end: (user) => guarded(() => pages.end(user)),
    tail: (user, after, sink) => tails.open(user, after, sink),
    // The brokers do it, by the settings of each topic.
    expire: async () => ({ removed: 0, more: false }),
    check: () => guarded(() => metadata.check(), checkMs),
    close() {
      closing ??= writer.close().then(async () => {
        tails.endAll(closed())
        polls.close()
        await connections.close()
      })
      return closing
    },
  }
}

function outgoing(user: UserName, record: QueueRecord): Outgoing {
  const value = JSON.stringify(record)
  return {
    topic: topicOf(user),
    value,
    bytes: Buffer.byteLength(value),
    timestamp: Date.parse(record.timestamp),
  }
}
