import type { UserName } from '@secure-chat/protocol'
import type { MessageQueue } from '../../../packages/server/src/ports/index.ts'
import { rawRegistrations } from '../load/accounts.ts'
import { runLoad } from '../load/http-load.ts'
import { type RunningServer, startSecureChat } from '../load/processes.ts'
import { median, ms, percentile, type Row, type Section } from '../report.ts'
import { type Footprint, footprintOf, footprintText, growthText, limitsOf } from './footprint.ts'
import { newRecord } from './record.ts'
import { segmentsRow } from './segments.ts'
import { createMailboxes, openKafkaQueue, type Services, startServices } from './services.ts'

/** Ten thousand topics in use keep 400 MiB of it alive; at 512 MiB a broker spends its time collecting. */
const heapMiB = 1_024
const stages = [1_000, 5_000, 9_400]
const total = 10_000
const batch = 250
const inFlight = 8
const rounds = 6
const perRound = 100
const goalMs = 120
const restartMs = 180_000

/** 10,000 users with a topic each: what a registration waits for its topic, and what the broker holds then. */
export async function kafkaUsers(): Promise<Section> {
  const services = await startServices({ heapMiB })
  const queue = await openKafkaQueue(services.queueUrl)
  try {
    const limits = limitsOf(services.kafka.pid)
    const empty = await footprintOf(services.kafka)
    const made = await makeTopics(queue, services)
    const registration = await registrationRow(services.queueUrl)
    const full = await footprintOf(services.kafka)
    await oneMessageEach(queue)
    const used = await footprintOf(services.kafka)
    const segments = await segmentsRow(services)
    await queue.close()
    const downMs = await killAndStart(services)
    return {
      name: '--engine kafka users',
      title: `${total.toLocaleString('en')} users on one Kafka broker with a heap of ${heapMiB} MiB, a topic each`,
      rows: [
        registration,
        {
          what: 'a topic made through the port, 100 at once',
          value: `${made.msEach.toFixed(2)} ms`,
        },
        { what: 'the broker without a topic', value: footprintText(empty) },
        ...made.rows,
        { what: `the broker at ${total.toLocaleString('en')} topics`, value: footprintText(full) },
        { what: 'the same with a message in each', value: footprintText(used) },
        { what: 'growth for each topic, empty', value: growthText(empty, full, total) },
        { what: 'growth for each topic in use', value: growthText(empty, used, total) },
        segments,
        {
          what: 'what this machine grants a process',
          value: `${limits.openFiles.toLocaleString('en')} open files, ${limits.maps.toLocaleString('en')} maps`,
        },
        {
          what: 'the broker is killed, starts, checks each log and answers a read again',
          value: `${(downMs / 1000).toFixed(1)} s`,
        },
      ],
    }
  } finally {
    await queue.close()
    await services.stop()
  }
}

function nameOf(index: number): UserName {
  return `member${String(index).padStart(5, '0')}` as UserName
}

function namesOf(from: number, to: number): UserName[] {
  return Array.from({ length: to - from }, (_, index) => nameOf(from + index))
}

async function makeTopics(
  queue: MessageQueue,
  services: Services,
): Promise<{ readonly rows: readonly Row[]; readonly msEach: number }> {
  const rows: Row[] = []
  let spentMs = 0
  let made = 0
  for (const stage of stages) {
    const started = performance.now()
    await createMailboxes(queue, namesOf(made, stage))
    spentMs += performance.now() - started
    made = stage
    const footprint: Footprint = await footprintOf(services.kafka)
    rows.push({
      what: `the broker at ${stage.toLocaleString('en')} topics`,
      value: footprintText(footprint),
    })
  }
  return { rows, msEach: spentMs / made }
}

/** The rest of the users come over HTTP, taking turns with a server whose queue is embedded: the difference is the topic. */
async function registrationRow(queueUrl: string): Promise<Row> {
  const onKafka = await startSecureChat({ QUEUE_URL: queueUrl })
  const embedded = await startSecureChat()
  try {
    await register(onKafka, [nameOf(0), nameOf(1)])
    await register(embedded, [nameOf(0), nameOf(1)])
    const differences: number[] = []
    const times = { onKafka: [] as number[], embedded: [] as number[] }
    const first = stages.at(-1) ?? 0
    for (let round = 0; round < rounds; round++) {
      const from = first + round * perRound
      const names = namesOf(from, from + perRound)
      const without = await register(embedded, names)
      const withTopic = await register(onKafka, names)
      differences.push(median(withTopic) - median(without))
      times.embedded.push(...without)
      times.onKafka.push(...withTopic)
    }
    const difference = median(differences)
    return {
      what: `registration, ${inFlight} in flight: p50 beyond the same on the embedded queue (median of ${rounds} pairs)`,
      value: `${ms(difference)} (${ms(median(times.onKafka))} against ${ms(median(times.embedded))}; p99 ${ms(percentile(times.onKafka, 99))} against ${ms(percentile(times.embedded, 99))})`,
      goal: `≤ ${goalMs} ms`,
      isMet: difference <= goalMs,
    }
  } finally {
    await Promise.all([onKafka.stop(), embedded.stop()])
  }
}

async function register({ url }: RunningServer, names: readonly string[]): Promise<number[]> {
  const { latenciesMs } = await runLoad(url, await rawRegistrations(url, names), inFlight)
  return latenciesMs
}

/** Every mailbox in use. */
async function oneMessageEach(queue: MessageQueue): Promise<void> {
  for (let from = 0; from < total; from += batch) {
    const names = namesOf(from, from + batch)
    await Promise.all(names.map((name) => queue.enqueue(name, newRecord())))
  }
}

async function killAndStart(services: Services): Promise<number> {
  const started = performance.now()
  await services.killAndStart()
  const queue = await openKafkaQueue(services.queueUrl)
  try {
    for (;;) {
      const page = await queue.read(nameOf(total - 1), { limit: 1 }).catch(() => undefined)
      if (page?.items.length === 1) return performance.now() - started
      if (performance.now() - started > restartMs) throw new Error('The broker did not come back')
    }
  } finally {
    await queue.close()
  }
}
