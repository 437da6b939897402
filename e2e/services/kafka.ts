/** One real Apache Kafka broker (KRaft, broker and controller in one process) on loopback. */

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { classPath, quickStart } from './java-program.ts'
import { formerPort, freePorts, runningIn, type Service, startProcess } from './service-process.ts'

export type KafkaOptions = {
  /** Its data; the same folder again is the same broker with the same port. */
  readonly folder: string
  /** Of server.properties, beside or instead of those here; `{port}` and `{controllerPort}` are put in. */
  readonly properties?: Readonly<Record<string, string>>
  /** Of the Java heap, in MiB. */
  readonly heapMiB?: number
  /** It runs as in production, to be measured; otherwise so that its start costs little. */
  readonly isMeasured?: boolean
  /** Of `kafka-storage format`, such as `--add-scram`. Only for a new folder. */
  readonly formatArguments?: readonly string[]
}

const program = { folder: fileURLToPath(new URL('kafka', import.meta.url)), isCompiled: false }

/** Starts it, or finds it running. It takes requests when this resolves. */
export async function startKafka(o: KafkaOptions): Promise<Service> {
  const running = runningIn(o.folder)
  if (running !== undefined) return running
  mkdirSync(o.folder, { recursive: true, mode: 0o700 })
  const libraries = await classPath(program)
  const [port, controllerPort] = await portsOf(o.folder)
  const properties = join(o.folder, 'server.properties')
  const logging = join(o.folder, 'log4j2.properties')
  writeFileSync(properties, propertiesText(o, port, controllerPort))
  writeFileSync(logging, loggingText)
  const java = ['-cp', libraries, `-Dlog4j2.configurationFile=${logging}`]
  if (!existsSync(join(o.folder, 'logs', 'meta.properties'))) format(java, properties, o)
  return startProcess({
    name: 'kafka',
    folder: o.folder,
    port,
    command: 'java',
    arguments: [
      `-Xmx${o.heapMiB ?? 512}m`,
      '-Xms256m',
      ...(o.isMeasured ? ['-XX:+UseG1GC'] : quickStart),
      ...java,
      'kafka.Kafka',
      properties,
    ],
  })
}

async function portsOf(folder: string): Promise<[number, number]> {
  const former = formerPort(folder)
  if (former !== undefined) {
    const text = readFileSync(join(folder, 'server.properties'), 'utf8')
    return [former, Number(/CONTROLLER:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1])]
  }
  const [port = 0, controllerPort = 0] = await freePorts(2)
  return [port, controllerPort]
}

function propertiesText(o: KafkaOptions, port: number, controllerPort: number): string {
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(o.folder, 'logs'),
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    // Alone it can keep no second copy.
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    // Index files are mapped at full size: with a topic for each user that is what fills the disk.
    'log.index.size.max.bytes': '65536',
    ...o.properties,
  }
  const withPorts = (value: string) =>
    value.replaceAll('{port}', String(port)).replaceAll('{controllerPort}', String(controllerPort))
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${withPorts(value)}\n`)
    .join('')
}

const loggingText = `rootLogger.level=warn
rootLogger.appenderRef.c.ref=c
appender.c.type=Console
appender.c.name=c
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d %p %c{1} %m%n
`

function format(java: readonly string[], properties: string, o: KafkaOptions): void {
  const clusterId = randomBytes(16).toString('base64url')
  const { status, stdout, stderr } = spawnSync(
    'java',
    [
      ...quickStart,
      ...java,
      'kafka.tools.StorageTool',
      'format',
      // In one word: one of 64 begins with a dash.
      `--cluster-id=${clusterId}`,
      '-c',
      properties,
      ...(o.formatArguments ?? []),
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`Kafka could not format ${o.folder}:\n${stdout}${stderr}`)
}
