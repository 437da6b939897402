import { rawRequest, signUp } from '../load/accounts.ts'
import { cpuMicros } from '../load/cpu-time.ts'
import { runLoad } from '../load/http-load.ts'
import { type RunningServer, startBareExpress, startSecureChat } from '../load/processes.ts'
import { median, ms, percentile, type Section } from '../report.ts'

const connections = 64
const requestsPerRound = 12_000
const rounds = 5
const goal = 0.7
const message = 'x'.repeat(1024)

/** `POST /chat/{username}` with session proof and durable enqueue, against Express that only answers. */
export async function send(): Promise<Section> {
  const ours = await startSecureChat()
  const bare = await startBareExpress()
  try {
    const names = Array.from({ length: 32 }, (_, index) => `user${index}`)
    const accounts = await signUp(ours.url, names)
    // Made per round: a proof is good for two minutes and once. Both servers get the very same bytes.
    const makeRequests = () =>
      Array.from({ length: requestsPerRound }, (_, index) => {
        const from = accounts[index % accounts.length]
        const to = accounts[(index * 7 + 1) % accounts.length]
        if (!from || !to) throw new Error('There are no accounts')
        return rawRequest(ours.url, from, 'POST', `/chat/${to.name}`, { message })
      })
    await runLoad(bare.url, makeRequests(), connections)
    await runLoad(ours.url, makeRequests(), connections)
    const ratios: number[] = []
    const rates = { ours: [] as number[], bare: [] as number[] }
    const costs = { ours: [] as number[], bare: [] as number[] }
    let latencies: number[] = []
    for (let round = 0; round < rounds; round++) {
      const requests = makeRequests()
      const bareRun = await runWithCost(bare, requests)
      const ourRun = await runWithCost(ours, requests)
      ratios.push(ourRun.perSecond / bareRun.perSecond)
      rates.ours.push(ourRun.perSecond)
      rates.bare.push(bareRun.perSecond)
      costs.ours.push(ourRun.cpuMicros)
      costs.bare.push(bareRun.cpuMicros)
      latencies = ourRun.latenciesMs
    }
    const ratio = median(ratios)
    return {
      name: 'send',
      title:
        'Sending: `POST /chat/{username}`, 1 KiB, 64 connections, proof checked, durably stored',
      rows: [
        {
          what: 'requests per second against bare Express 5 + JSON (median of 5 pairs)',
          value: `${ratio.toFixed(2)} (${ratios.map((value) => value.toFixed(2)).join(', ')})`,
          goal: `≥ ${goal.toFixed(2)}`,
          isMet: ratio >= goal,
        },
        { what: 'requests per second, ours', value: median(rates.ours).toFixed(0) },
        { what: 'requests per second, bare Express', value: median(rates.bare).toFixed(0) },
        {
          what: 'CPU time of a request, all threads, against bare Express',
          value: `${(median(costs.ours) / median(costs.bare)).toFixed(2)} (${median(costs.ours).toFixed(0)} µs against ${median(costs.bare).toFixed(0)} µs)`,
        },
        {
          what: 'latency at full load, p50 / p99',
          value: `${ms(percentile(latencies, 50))} / ${ms(percentile(latencies, 99))}`,
        },
      ],
    }
  } finally {
    await Promise.all([ours.stop(), bare.stop()])
  }
}

async function runWithCost(server: RunningServer, requests: readonly Buffer[]) {
  const before = cpuMicros(server.pid)
  const run = await runLoad(server.url, requests, connections)
  return { ...run, cpuMicros: (cpuMicros(server.pid) - before) / requests.length }
}
