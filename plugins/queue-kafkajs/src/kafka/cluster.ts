import { type Broker, type Cluster, Kafka, type KafkaConfig } from 'kafkajs'
import { makeSockets } from './sockets.ts'
import { readZstd } from './zstd.ts'

/**
 * A broker of kafkajs: public methods of its class. Its types leave out the last four; `connectionPool` is what each of
 * its methods sends by. The version is pinned to 2.2.4 for their sake (decision 94).
 */
export interface KafkaBroker extends Pick<Broker, 'fetch' | 'produce' | 'disconnect'> {
  readonly nodeId: number | null
  listOffsets(o: {
    readonly isolationLevel: number
    readonly topics: ReadonlyArray<{
      readonly topic: string
      readonly partitions: ReadonlyArray<{ readonly partition: number; readonly timestamp: number }>
    }>
  }): Promise<{
    readonly responses: ReadonlyArray<{
      readonly topic: string
      readonly partitions: ReadonlyArray<{ readonly offset: string }>
    }>
  }>
  initProducerId(o: {
    readonly transactionTimeout: number
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
  createTopics(o: {
    readonly topics: readonly NewTopic[]
    readonly timeout: number
  }): Promise<unknown>
  deleteTopics(o: {
    readonly topics: readonly string[]
    readonly timeout: number
  }): Promise<unknown>
  readonly connectionPool: { send<T>(call: RawCall<T>): Promise<T> }
}

export interface NewTopic {
  readonly topic: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly configEntries: ReadonlyArray<{ readonly name: string; readonly value: string }>
}

/** A request that kafkajs has no encoder for. */
export interface RawCall<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<unknown>
  }
  readonly response: { decode(answer: Buffer): Promise<T>; parse(answer: T): Promise<T> }
}

/** Connections to the brokers for one purpose; a broker answers the calls of a connection one after the other. */
export interface Brokers {
  /** The one with this number. */
  of(node: number): Promise<KafkaBroker>
  /** The first that takes a connection. */
  any(): Promise<KafkaBroker>
  controller(): Promise<KafkaBroker>
}

export interface Connections {
  /** `write`: produce. `control`: what is asked, made and read. `tail`: polls, which wait at the broker. */
  readonly write: Brokers
  readonly control: Brokers
  readonly tail: Brokers
  /** Cuts all: what is under way fails. */
  close(): Promise<void>
}

export function makeConnections(config: KafkaConfig): Connections {
  readZstd()
  const sockets = makeSockets()
  let isClosed = false
  const kafka = new Kafka({ ...config, socketFactory: sockets.make })
  const clusters = [clusterOf(kafka), clusterOf(kafka), clusterOf(kafka)] as const
  const [write, control, tail] = clusters
  return {
    write: brokersOf(write, () => isClosed),
    control: brokersOf(control, () => isClosed),
    tail: brokersOf(tail, () => isClosed),
    async close() {
      isClosed = true
      sockets.close()
      await Promise.allSettled(clusters.map((cluster) => cluster.disconnect()))
    },
  }
}

/**
 * kafkajs hands its `Cluster` to whoever assigns partitions, when a consumer is made. This consumer is never connected
 * and joins no group: only the cluster is wanted, which reads at any offset.
 */
function clusterOf(kafka: Kafka): Cluster {
  let given: Cluster | undefined
  kafka.consumer({
    groupId: 'secure-chat-joins-no-group',
    allowAutoTopicCreation: false,
    readUncommitted: true,
    partitionAssigners: [
      ({ cluster }) => {
        given = cluster
        return {
          name: 'none',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  if (given === undefined) throw new Error('This is not kafkajs 2.2.4: it gave no cluster.')
  return given
}

function brokersOf(cluster: Cluster, isClosed: () => boolean): Brokers {
  async function connected(): Promise<void> {
    if (isClosed()) throw new Error('the client is closed')
    await cluster.connect()
    if (cluster.getNodeIds().length === 0) await cluster.refreshMetadata()
  }

  async function of(node: number | string): Promise<KafkaBroker> {
    await connected()
    return asKafkaBroker(await cluster.findBroker({ nodeId: String(node) }))
  }

  return {
    of,
    async any() {
      await connected()
      let failure: unknown
      for (const node of cluster.getNodeIds()) {
        try {
          return await of(node)
        } catch (error) {
          failure = error
        }
      }
      throw failure
    },
    async controller() {
      await connected()
      return asKafkaBroker(await cluster.findControllerBroker())
    },
  }
}

function asKafkaBroker(broker: Broker): KafkaBroker {
  const given: Broker & Partial<KafkaBroker> = broker
  if (given.connectionPool === undefined || given.listOffsets === undefined) {
    throw new Error('This is not kafkajs 2.2.4: its brokers lack what this driver calls.')
  }
  return broker as unknown as KafkaBroker
}
