import { signUp } from '../load/accounts.ts'
import { startBareExpress, startSecureChat } from '../load/processes.ts'
import { pairRows, sendPairs } from '../load/send-pairs.ts'
import type { Section } from '../report.ts'

const connections = 64
const users = 32
const goal = 0.7

/** `POST /chat/{username}` with session proof and durable enqueue, against Express that only answers. */
export async function send(): Promise<Section> {
  const ours = await startSecureChat()
  const bare = await startBareExpress()
  try {
    const names = Array.from({ length: users }, (_, index) => `user${index}`)
    const senders = await signUp(ours.url, names)
    const pairs = await sendPairs(ours, bare, {
      senders,
      recipients: names,
      connections,
      requestsPerRound: 12_000,
      rounds: 5,
      warmUps: 1,
    })
    return {
      name: 'send',
      title:
        'Sending: `POST /chat/{username}`, 1 KiB, 64 connections, proof checked, durably stored',
      rows: pairRows(pairs, goal),
    }
  } finally {
    await Promise.all([ours.stop(), bare.stop()])
  }
}
