import { liveDelivery, liveRows } from '../load/live-delivery.ts'
import { startBareExpress } from '../load/processes.ts'
import { pairRows, sendPairs } from '../load/send-pairs.ts'
import { ms, percentile, type Section } from '../report.ts'
import { fillMailboxes, readMailboxes } from './read.ts'
import { startServerWithUsers } from './server-with-users.ts'
import { startServices } from './services.ts'

const users = 1_000
const readers = 16
const senders = 32
const sendLoad = { connections: 256, requestsPerRound: 12_000, rounds: 3, warmUps: 2 }
const liveLoad = { perSecond: 200, seconds: 15, warmUpSeconds: 5 }

/** The same calls on `QUEUE_LAYOUT=lanes`, where the number of topics does not grow with the users. */
export async function kafkaLanes(): Promise<Section> {
  const services = await startServices()
  const ours = await startServerWithUsers(users, {
    QUEUE_URL: services.queueUrl,
    DATABASE_URL: await services.databaseUrl(),
    QUEUE_LAYOUT: 'lanes',
  })
  const bare = await startBareExpress()
  try {
    const { accounts } = ours
    await fillMailboxes(ours.url, accounts.slice(0, readers))
    const times = await readMailboxes(ours.url, accounts.slice(0, readers))
    const live = await liveDelivery(ours, accounts, liveLoad)
    const pairs = await sendPairs(ours, bare, {
      ...sendLoad,
      senders: accounts.slice(0, senders),
      recipients: accounts.map(({ name }) => name),
    })
    return {
      name: '--engine kafka lanes',
      title: `Lanes: \`QUEUE_LAYOUT=lanes\`, ${users.toLocaleString('en')} users, 1 KiB, users and mailboxes in the MongoDB stand-in`,
      rows: [
        ...pairRows(pairs, undefined, 'sending, 256 in flight: ').slice(0, 2),
        {
          what: 'reading 100 messages over HTTP, p50 / p99',
          value: `${ms(percentile(times, 50))} / ${ms(percentile(times, 99))}`,
        },
        ...liveRows(live).map((row) => ({
          ...row,
          what: `${users.toLocaleString('en')} streams, ${liveLoad.perSecond} messages/s: ${row.what}`,
        })),
      ],
    }
  } finally {
    await Promise.all([ours.stop(), bare.stop()])
    await services.stop()
  }
}
