import { liveDelivery, liveRows } from '../load/live-delivery.ts'
import type { Section } from '../report.ts'
import { startServerWithUsers } from './server-with-users.ts'
import { startServices } from './services.ts'

const streams = 1_000
/** The broker compiles its hot paths in the first seconds: two in three of the slow events of a run came before the fourth. */
const load = { perSecond: 200, seconds: 30, warmUpSeconds: 5 }

/** Send → stream event: one incremental fetch session carries the partitions of 1,000 users. */
export async function kafkaLive(): Promise<Section> {
  const services = await startServices()
  const server = await startServerWithUsers(streams, { QUEUE_URL: services.queueUrl })
  try {
    const result = await liveDelivery(server, server.accounts, load)
    const { perSecond, seconds } = load
    return {
      name: '--engine kafka live',
      title: `Live delivery from Kafka: ${streams.toLocaleString('en')} streams, ${perSecond} messages/s of 1 KiB for ${seconds} s, after ${load.warmUpSeconds} s of the same`,
      rows: [
        ...liveRows(result, { p50: 15, p99: 60 }),
        {
          what: 'resident memory of the node for each stream, tail of its mailbox included',
          value: `${result.kibOfStream.toFixed(1)} KiB`,
        },
      ],
    }
  } finally {
    await server.stop()
    await services.stop()
  }
}
