/** Server nodes that share one MongoDB and one Kafka, each its own process with its own data folder. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  type KafkaOptions,
  runningIn,
  type Service,
  startKafka,
  startMongo,
} from '@secure-chat/e2e/services'
import { makeHome } from './scratch.ts'
import { freePort, type Server, startServer } from './server.ts'
import { atTearDown } from './tear-down.ts'

/** One process of the cluster. Calls hold for the process that runs at that moment. */
export type Member = {
  readonly name: string
  /** Of the process that runs, or ran last. */
  readonly pid: number
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** On the same data and address again; resolves when it takes requests. */
  start(): Promise<void>
}

export type ServiceMember = Member & {
  readonly address: string
  readonly folder: string
  /** SIGTERM for good: another start may take another port. */
  stop(): Promise<void>
  /** SIGSTOP: it holds its connections and answers nothing. */
  pause(): void
  resume(): void
}

export type NodeMember = Member & {
  readonly url: string
  readonly metricsUrl: string
  /** Everything it has written since the first start. */
  log(): string
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>
}

export type Cluster = {
  readonly kafka: ServiceMember
  readonly mongo: ServiceMember
  readonly nodes: readonly [NodeMember, ...NodeMember[]]
  /** Of every node, whether it lives or not: what a balancer has in its list. */
  readonly urls: readonly string[]
  /** What each node was started with, for one more. */
  readonly env: Readonly<Record<string, string>>
}

export type ClusterOptions = {
  /** How many; 2 unless said otherwise. */
  readonly nodes?: number
  readonly env?: Readonly<Record<string, string>>
  /** Its folder is one of the cluster's own unless named. */
  readonly kafka?: Partial<KafkaOptions>
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { folder } = makeHome()
  const kafkaOptions = { folder: join(folder, 'kafka'), ...options.kafka }
  const [kafka, mongo] = await Promise.all([
    serviceMember('kafka', () => startKafka(kafkaOptions)),
    serviceMember('mongo', () => startMongo({ folder: join(folder, 'mongo') })),
  ])
  const env = {
    DATABASE_URL: `mongodb://${mongo.address}/secure-chat`,
    QUEUE_URL: `kafka://${kafka.address}`,
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    ...options.env,
  }
  const names = Array.from({ length: options.nodes ?? 2 }, (_, index) => `node-${index + 1}`)
  const [first, ...others] = await Promise.all(names.map((name) => nodeMember(name, env)))
  if (first === undefined) throw new Error('A cluster has at least one node')
  const nodes = [first, ...others] as const
  return { kafka, mongo, nodes, urls: nodes.map(({ url }) => url), env }
}

async function serviceMember(name: string, launch: () => Promise<Service>): Promise<ServiceMember> {
  let service = await launch()
  // Services outlive the process that started them. Also one that was started and never became ready is stopped.
  atTearDown(() => (runningIn(service.folder) ?? service).stop())
  return {
    name,
    get pid() {
      return service.pid
    },
    address: service.address,
    folder: service.folder,
    kill: () => service.kill(),
    stop: () => service.stop(),
    async start() {
      service = await launch()
    },
    pause: () => service.pause(),
    resume: () => service.resume(),
  }
}

async function nodeMember(name: string, env: Record<string, string>): Promise<NodeMember> {
  const metricsPort = await freePort()
  let server: Server = await startServer({ ...env, METRICS_PORT: String(metricsPort) })
  const former: string[] = []
  return {
    name,
    get pid() {
      return server.pid
    },
    url: server.url,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    log: () => [...former, server.log()].join(''),
    kill: () => server.kill('SIGKILL'),
    stop: () => server.stop(),
    async start() {
      former.push(server.log())
      server = await server.restart()
    },
  }
}
