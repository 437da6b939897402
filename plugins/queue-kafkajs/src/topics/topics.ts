import type { Connections, KafkaBroker } from '../kafka/cluster.ts'
import { answerIn, chainOf, reasonsOf, unavailable } from '../kafka/failure.ts'
import { eventually } from '../kafka/waiting.ts'
import { makeBatcher } from './batcher.ts'
import type { Metadata, TopicInfo } from './metadata.ts'
import { type TopicSettings, topicConfig } from './topic-config.ts'

export interface Topics {
  /** Found, or made; its leader serves it when it resolves. */
  ensure(name: string): Promise<TopicInfo>
  /** Made if it is not there, without looking into memory first. */
  create(name: string): Promise<TopicInfo>
  /** Gone when it resolves. Unknown is harmless. */
  remove(name: string): Promise<void>
}

const readyWithin = { withinMs: 8000, firstPauseMs: 5, lastPauseMs: 100 }
const brokerTimeoutMs = 2500
/** Kafka's names of offsets. */
export const latest = -1
export const earliest = -2

export function makeTopics(o: {
  readonly connections: Connections
  readonly metadata: Metadata
  readonly settings: TopicSettings
}): Topics {
  const { metadata } = o
  const { control } = o.connections
  const configEntries = Object.entries(topicConfig(o.settings)).map(([name, value]) => ({
    name,
    value,
  }))

  /** Alone a topic costs 30 ms, in a batch of a hundred half a millisecond. The answer: why it was refused, or ''. */
  const askToMake = makeBatcher<string>({
    waitMs: 4,
    most: 100,
    async run(names) {
      const topics = names.map((topic) => ({
        topic,
        numPartitions: 1,
        replicationFactor: o.settings.replicationFactor ?? -1,
        configEntries,
      }))
      const broker = await control.controller()
      try {
        await broker.createTopics({ topics, timeout: brokerTimeoutMs })
        return new Map(names.map((name) => [name, '']))
      } catch (error) {
        return refusalsIn(error, names)
      }
    },
  })

  async function make(name: string): Promise<true | undefined> {
    const refusal = await askToMake(name)
    switch (refusal) {
      case '':
      case 'TOPIC_ALREADY_EXISTS':
        return true
      case 'NOT_CONTROLLER':
      case 'REQUEST_TIMED_OUT':
      case 'THROTTLING_QUOTA_EXCEEDED':
      case undefined:
        return undefined
      default:
        throw unavailable(`Kafka refuses to make the topic ${name} (${refusal})`)
    }
  }

  async function create(name: string): Promise<TopicInfo> {
    const made = await eventually(() => make(name), readyWithin)
    const ready = made && (await eventually(() => readyTopic(name), readyWithin))
    if (ready === undefined) throw unavailable('its topic could not be made in time')
    return ready
  }

  /** Brokers name the leader of a new topic before that leader has opened its log, so the leader is asked. */
  async function readyTopic(name: string): Promise<TopicInfo | undefined> {
    const info = await metadata.refresh(name)
    if (info === undefined || info.leader < 0) return undefined
    try {
      await offsetOf(await control.of(info.leader), name, latest)
      return info
    } catch (error) {
      if (answerIn(error) === undefined) throw error
      return undefined
    }
  }

  return {
    create,
    async ensure(name) {
      const found = await metadata.find(name)
      return found !== undefined && found.leader >= 0 ? found : create(name)
    },
    async remove(name) {
      const before = await metadata.refresh(name)
      if (before === undefined) return
      const broker = await control.controller()
      try {
        await broker.deleteTopics({ topics: [name], timeout: brokerTimeoutMs })
      } catch (error) {
        if (answerIn(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') {
          throw unavailable(`the topic ${name} was not removed (${reasonsOf(error)})`)
        }
      }
      const isGone = await eventually(async () => {
        const now = await metadata.refresh(name)
        return now?.id === before.id ? undefined : true
      }, readyWithin)
      if (!isGone) throw unavailable('its topic was not removed in time')
    },
  }
}

/** Of one partition: the first offset that is kept, or the one behind the last record. */
export async function offsetOf(
  broker: KafkaBroker,
  topic: string,
  timestamp: typeof latest | typeof earliest,
): Promise<number> {
  const { responses } = await broker.listOffsets({
    isolationLevel: 0,
    topics: [{ topic, partitions: [{ partition: 0, timestamp }] }],
  })
  return Number(responses[0]?.partitions[0]?.offset)
}

/** kafkajs throws one error for a batch: it names those that were refused; the others were made. */
function refusalsIn(error: unknown, names: readonly string[]): ReadonlyMap<string, string> {
  const refused = new Map<string, string>()
  for (const each of chainOf(error)) {
    const several: unknown = Reflect.get(Object(each), 'errors')
    if (!Array.isArray(several)) continue
    for (const one of several) refused.set(String(one.topic), String(one.type ?? answerIn(one)))
  }
  if (refused.size === 0) throw error
  return new Map(names.map((name) => [name, refused.get(name) ?? '']))
}
