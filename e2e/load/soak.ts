/** Rounds of kill -9 under load: broker, node and MongoDB in turn, and one count of everything in the end. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, type Member, startCluster } from '../setup/cluster.ts'
import type { Verdict } from './judge.ts'
import { startTrial } from './trial.ts'

export type SoakOptions = {
  readonly rounds: number
  /** The same seed: the same members, killed after the same times, away for the same times. */
  readonly seed: string
  /** `QUEUE_LAYOUT` of the nodes. */
  readonly layout?: 'topics' | 'lanes'
  readonly onRound?: (round: Round) => void
}

export type Round = {
  readonly number: number
  readonly killed: string
  readonly awayMs: number
  /** In all rounds up to here. */
  readonly acknowledged: number
}

export type SoakResult = { readonly mailboxes: Verdict; readonly streams: Verdict }

const victims: ReadonlyArray<(cluster: Cluster, fraction: number) => Member> = [
  ({ kafka }) => kafka,
  ({ nodes }, fraction) => nodes[Math.floor(fraction * nodes.length)] ?? nodes[0],
  ({ mongo }) => mongo,
]

/** The caller tears the cluster down. */
export async function soak({
  rounds,
  seed,
  layout = 'topics',
  onRound,
}: SoakOptions): Promise<SoakResult> {
  const cluster = await startCluster({ env: { QUEUE_LAYOUT: layout } })
  const trial = await startTrial({ urls: cluster.urls, pauseMs: 40 })
  for (let number = 1; number <= rounds; number += 1) {
    const fraction = (what: string) => fractionOf(`${seed} ${number} ${what}`)
    const victim = victims[(number - 1) % victims.length]?.(cluster, fraction('member'))
    if (victim === undefined) throw new Error('no victim')
    await sleep(1000 * fraction('before'))
    await victim.kill()
    const awayMs = Math.round(2000 * fraction('away'))
    await sleep(awayMs)
    await victim.start()
    // The next blow falls only when everybody was served again.
    await trial.load.progress(3)
    const { acknowledged } = trial.load
    onRound?.({ number, killed: victim.name, awayMs, acknowledged: acknowledged.length })
  }
  return trial.finish()
}

/** 0 up to 1. */
function fractionOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}
