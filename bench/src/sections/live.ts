import { signUp } from '../load/accounts.ts'
import { liveDelivery, liveRows } from '../load/live-delivery.ts'
import { startSecureChat } from '../load/processes.ts'
import type { Section } from '../report.ts'

const streams = 200
const load = { perSecond: 1_000, seconds: 30, warmUpSeconds: 0 }

/** Send → stream event, 200 streams, 1,000 messages a second for 30 seconds. */
export async function live(): Promise<Section> {
  const server = await startSecureChat()
  try {
    const accounts = await signUp(
      server.url,
      Array.from({ length: streams }, (_, index) => `user${String(index).padStart(3, '0')}`),
    )
    const result = await liveDelivery(server, accounts, load)
    const { perSecond, seconds } = load
    return {
      name: 'live',
      title: `Live delivery: ${streams} streams, ${perSecond} messages/s of 1 KiB for ${seconds} s`,
      rows: liveRows(result, { p50: 5, p99: 50 }),
    }
  } finally {
    await server.stop()
  }
}
