/** `POST /chat/{username}` against Express that only answers: both servers get the very same bytes and take turns. */
import { median, ms, percentile, type Row } from '../report.ts'
import type { LoadAccount } from './accounts.ts'
import { runLoad } from './http-load.ts'
import type { RunningServer } from './processes.ts'
import { runSendRound, type SendRound, sendRequests } from './send-round.ts'

export type SendLoad = {
  readonly senders: readonly LoadAccount[]
  readonly recipients: readonly string[]
  readonly connections: number
  readonly requestsPerRound: number
  readonly rounds: number
  /** Rounds before the first that counts. */
  readonly warmUps: number
}

export type SendPairs = {
  readonly ratios: readonly number[]
  readonly ours: readonly SendRound[]
  readonly bare: readonly SendRound[]
}

export async function sendPairs(
  ours: RunningServer,
  bare: RunningServer,
  load: SendLoad,
): Promise<SendPairs> {
  const makeRequests = () => sendRequests(ours.url, { ...load, count: load.requestsPerRound })
  for (let round = 0; round < load.warmUps; round++) {
    await runLoad(bare.url, makeRequests(), load.connections)
    await runLoad(ours.url, makeRequests(), load.connections)
  }
  const rounds: { ours: SendRound; bare: SendRound }[] = []
  for (let round = 0; round < load.rounds; round++) {
    const requests = makeRequests()
    const bareRound = await runSendRound(bare, requests, load.connections)
    rounds.push({ bare: bareRound, ours: await runSendRound(ours, requests, load.connections) })
  }
  return {
    ratios: rounds.map((pair) => pair.ours.perSecond / pair.bare.perSecond),
    ours: rounds.map((pair) => pair.ours),
    bare: rounds.map((pair) => pair.bare),
  }
}

/** `goal` is left out for a run that only explains; `of` says what the rows are of, where a section has several. */
export function pairRows({ ratios, ours, bare }: SendPairs, goal?: number, of = ''): Row[] {
  const ratio = median(ratios)
  const middle = (rounds: readonly SendRound[], figure: 'perSecond' | 'cpuMicros') =>
    median(rounds.map((round) => round[figure]))
  const costs = [middle(ours, 'cpuMicros'), middle(bare, 'cpuMicros')] as const
  const latencies = ours.at(-1)?.latenciesMs ?? []
  return [
    {
      what: `${of}requests per second against bare Express 5 + JSON (median of ${ratios.length} pairs)`,
      value: `${ratio.toFixed(2)} (${ratios.map((value) => value.toFixed(2)).join(', ')})`,
      ...(goal !== undefined && { goal: `≥ ${goal.toFixed(2)}`, isMet: ratio >= goal }),
    },
    { what: `${of}requests per second, ours`, value: middle(ours, 'perSecond').toFixed(0) },
    { what: `${of}requests per second, bare Express`, value: middle(bare, 'perSecond').toFixed(0) },
    {
      what: `${of}CPU time of a request, all threads, against bare Express`,
      value: `${(costs[0] / costs[1]).toFixed(2)} (${costs[0].toFixed(0)} µs against ${costs[1].toFixed(0)} µs)`,
    },
    {
      what: `${of}latency at full load, p50 / p99`,
      value: `${ms(percentile(latencies, 50))} / ${ms(percentile(latencies, 99))}`,
    },
  ]
}
