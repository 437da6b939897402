import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cpuMicrosWithEnded } from '../load/cpu-time.ts'
import { startBareExpress } from '../load/processes.ts'
import { pairRows, type SendPairs, sendPairs } from '../load/send-pairs.ts'
import { median, type Row, type Section } from '../report.ts'
import type { ProducerCost } from './producer.ts'
import { startServerWithUsers } from './server-with-users.ts'
import { startServices } from './services.ts'

const users = 1_000
const senders = 32
const load = { connections: 256, requestsPerRound: 12_000, rounds: 7, warmUps: 4 }
const explains = { rounds: 3, warmUps: 2 }
const goal = 0.6
const goalMicros = 30

/** `POST /chat/{username}` to 1,000 topics with acks=all, against Express that only answers. */
export async function kafkaSend(): Promise<Section> {
  const services = await startServices()
  try {
    // Alone with the broker, before any server: nothing of another process is counted.
    const producer = await producerCost(services.queueUrl)
    const env = { QUEUE_URL: services.queueUrl }
    const { pairs, brokerMicros } = await pairsOf(env, load, services.kafka.pid)
    const onMongo = { ...env, DATABASE_URL: await services.databaseUrl() }
    const mongo = await pairsOf(onMongo, { ...load, ...explains }, services.kafka.pid)
    return {
      name: '--engine kafka send',
      title: `Sending on Kafka: \`POST /chat/{username}\` to ${users.toLocaleString('en')} topics, 1 KiB, 256 in flight, acks=all`,
      rows: [
        ...pairRows(pairs, goal),
        ...pairRows(mongo.pairs, undefined, 'users in the MongoDB stand-in: ').slice(0, 2),
        {
          what: 'CPU time of the broker for a message, on the same two cores',
          value: `${brokerMicros.toFixed(0)} µs`,
        },
        producerRow(producer),
      ],
    }
  } finally {
    await services.stop()
  }
}

async function pairsOf(
  env: Record<string, string>,
  o: typeof load,
  brokerPid: number,
): Promise<{ readonly pairs: SendPairs; readonly brokerMicros: number }> {
  const ours = await startServerWithUsers(users, env)
  const bare = await startBareExpress()
  try {
    const before = cpuMicrosWithEnded(brokerPid)
    const pairs = await sendPairs(ours, bare, {
      ...o,
      senders: ours.accounts.slice(0, senders),
      recipients: ours.accounts.map(({ name }) => name),
    })
    const spent = cpuMicrosWithEnded(brokerPid) - before
    const sent = o.requestsPerRound * (o.rounds + o.warmUps)
    return { pairs, brokerMicros: spent / sent }
  } finally {
    await Promise.all([ours.stop(), bare.stop()])
  }
}

async function producerCost(queueUrl: string): Promise<readonly ProducerCost[]> {
  const program = fileURLToPath(new URL('producer.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=source',
    program,
    queueUrl,
  ])
  return JSON.parse(stdout) as ProducerCost[]
}

function producerRow(costs: readonly ProducerCost[]): Row {
  const micros = median(costs.map(({ cpuMicros }) => cpuMicros))
  const perSecond = Math.round(median(costs.map((cost) => cost.perSecond)))
  return {
    what: 'CPU time of the producer for a message, through the port alone',
    value: `${micros.toFixed(1)} µs, at ${perSecond.toLocaleString('en')} msg/s`,
    goal: `≤ ${goalMicros} µs`,
    isMet: micros <= goalMicros,
  }
}
