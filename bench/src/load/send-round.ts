/** One run of signed sends over a server, with what it cost. */
import { type LoadAccount, rawRequest } from './accounts.ts'
import { cpuMicros } from './cpu-time.ts'
import { runLoad } from './http-load.ts'
import type { RunningServer } from './processes.ts'

export type SendRound = {
  readonly perSecond: number
  /** CPU time of a request, all threads. */
  readonly cpuMicros: number
  readonly latenciesMs: readonly number[]
}

export type SendRequests = {
  readonly senders: readonly LoadAccount[]
  readonly recipients: readonly string[]
  readonly count: number
}

const message = 'x'.repeat(1024)

/** 1 KiB each. Made for one run: a proof is good for two minutes and once. */
export function sendRequests(
  url: URL,
  { senders, recipients, count }: SendRequests,
): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const from = senders[index % senders.length]
    const to = recipients[(index * 7 + 1) % recipients.length]
    if (!from || !to) throw new Error('There are no accounts')
    return rawRequest(url, from, 'POST', `/chat/${to}`, { message })
  })
}

export async function runSendRound(
  server: RunningServer,
  requests: readonly Buffer[],
  connections: number,
): Promise<SendRound> {
  const before = cpuMicros(server.pid)
  const run = await runLoad(server.url, requests, connections)
  return { ...run, cpuMicros: (cpuMicros(server.pid) - before) / requests.length }
}
