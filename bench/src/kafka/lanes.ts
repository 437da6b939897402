import { registerAll, signUp } from '../load/accounts.ts'
import { liveDelivery, liveRows } from '../load/live-delivery.ts'
import { startBareExpress, startSecureChat } from '../load/processes.ts'
import { pairRows, sendPairs } from '../load/send-pairs.ts'
import { ms, percentile, type Row, type Section } from '../report.ts'
import { fillMailboxes, readMailboxes } from './read.ts'
import { startServices } from './services.ts'

const users = 1_000
const senders = 32
const sendLoad = { connections: 256, requestsPerRound: 12_000, rounds: 5, warmUps: 3 }
const liveLoad = { streams: 1_000, perSecond: 200, seconds: 20 }

/** The same calls on `QUEUE_LAYOUT=lanes`, where the number of topics does not grow with the users. */
export async function kafkaLanes(): Promise<Section> {
  const services = await startServices()
  try {
    const env = {
      QUEUE_URL: services.queueUrl,
      DATABASE_URL: await services.databaseUrl(),
      QUEUE_LAYOUT: 'lanes',
    }
    return {
      name: '--engine kafka lanes',
      title: 'Lanes: `QUEUE_LAYOUT=lanes`, 1 KiB, users and mailboxes in the MongoDB stand-in',
      rows: [...(await sendAndReadRows(env)), ...(await liveLaneRows(env))],
    }
  } finally {
    await services.stop()
  }
}

async function sendAndReadRows(env: Record<string, string>): Promise<Row[]> {
  const ours = await startSecureChat(env)
  const bare = await startBareExpress()
  try {
    const readers = await signUp(
      ours.url,
      Array.from({ length: 16 }, (_, index) => `reader${index}`),
    )
    await fillMailboxes(ours.url, readers)
    const times = await readMailboxes(ours.url, readers)
    const names = Array.from({ length: users }, (_, index) => `member${index}`)
    const accounts = await signUp(ours.url, names.slice(0, senders))
    await registerAll(ours.url, names.slice(senders))
    const pairs = await sendPairs(ours, bare, { ...sendLoad, senders: accounts, recipients: names })
    return [
      ...pairRows(pairs, undefined, 'sending, 256 in flight: ').slice(0, 2),
      {
        what: 'reading 100 messages over HTTP, p50 / p99',
        value: `${ms(percentile(times, 50))} / ${ms(percentile(times, 99))}`,
      },
    ]
  } finally {
    await Promise.all([ours.stop(), bare.stop()])
  }
}

async function liveLaneRows(env: Record<string, string>): Promise<Row[]> {
  const server = await startSecureChat(env)
  try {
    const { streams, perSecond } = liveLoad
    const result = await liveDelivery(server, liveLoad)
    return liveRows(result).map((row) => ({
      ...row,
      what: `${row.what} (${streams.toLocaleString('en')} streams, ${perSecond} messages/s)`,
    }))
  } finally {
    await server.stop()
  }
}
