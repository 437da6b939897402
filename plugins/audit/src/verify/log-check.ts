/** The whole log: every chain by itself, and what chains, checkpoints and earlier readings say about one another. */
import type { Head } from '../format/entry.ts'
import { type ChainCheck, makeChainCheck, type Problem } from './chain-check.ts'
import type { ReadEntry } from './entry-schema.ts'

export type LogSummary = {
  readonly entries: number
  readonly chains: readonly ChainCheck[]
  /** Envelopes that were stored and not recorded, as the log itself says. */
  readonly missed: number
  /** Times of the oldest and the newest entry. */
  readonly from: string | undefined
  readonly until: string | undefined
}

type Expectation = { readonly head: Head; readonly who: string; readonly at?: string | undefined }
type Removal = { readonly head: Head; readonly before: string }

const dayMs = 86_400_000

export interface LogCheck {
  /** The check of one chain, made when it is first asked for. */
  chain(id: string): ChainCheck
  /** Hands one entry as it came to its chain. @returns it, if it fits */
  take(chain: string, value: unknown): ReadEntry | undefined
  /**
   * Somebody says that this entry is in the log, or was.
   *
   * @param who words for people, as in "the file pin.json"
   * @param at when it was recorded, where they know it: before that time nothing can have expired with it
   */
  expect(head: Head, who: string, at?: string): void
  /** What does not fit together; empty when all is well. Chains that were only half read may have to be read on first. */
  problems(): Problem[]
  summary(): LogSummary
}

/** @param keepDays entries have to be kept for so long */
export function makeLogCheck({ keepDays = 1 }: { readonly keepDays?: number } = {}): LogCheck {
  const chains = new Map<string, ChainCheck>()
  const expected: Expectation[] = []
  /** What went by the log's own word. */
  const removed = new Map<string, Removal[]>()
  const tooEarly: Problem[] = []
  let missed = 0
  let from: string | undefined
  let until: string | undefined

  function chainOf(id: string): ChainCheck {
    const known = chains.get(id)
    if (known !== undefined) return known
    const made = makeChainCheck(id)
    chains.set(id, made)
    return made
  }

  function note(entry: ReadEntry): void {
    if (from === undefined || entry.at < from) from = entry.at
    if (until === undefined || entry.at > until) until = entry.at
    if (entry.kind === 'gap') missed += entry.missed
    if (entry.kind === 'heads') {
      const who = `entry ${entry.seq} of chain ${entry.chain}`
      for (const head of entry.heads) expected.push({ head, who })
    }
    if (entry.kind === 'pruned') noteRemoval(entry)
  }

  function noteRemoval({ chain, seq, at, before, heads }: ReadEntry & { kind: 'pruned' }): void {
    const age = Date.parse(at) - Date.parse(before)
    if (age < keepDays * dayMs) {
      const text = `says that entries went when they were ${days(age)} old, which is less than ${keepDays}`
      tooEarly.push({ chain, seq, text })
    }
    for (const head of heads) {
      removed.set(head.chain, [...(removed.get(head.chain) ?? []), { head, before }])
    }
  }

  function isRemoved({ chain, seq, hash }: Head): boolean {
    return (removed.get(chain) ?? []).some(({ head }) => head.seq === seq && head.hash === hash)
  }

  function complaintAbout({ head, who, at }: Expectation): Problem | undefined {
    const { chain, seq, hash } = head
    const there = chains.get(chain)
    const found = there?.hashAt(seq)
    if (found === hash) return undefined
    if (found !== undefined) return { chain, seq, text: `is not the one that ${who} names` }
    // Not read, since the chain is broken before it: that is told.
    if (there?.problem !== undefined) return undefined
    const removals = (removed.get(chain) ?? []).filter(
      (one) => one.head.seq > seq || (one.head.seq === seq && one.head.hash === hash),
    )
    if (removals.some(({ before }) => at === undefined || at < before)) return undefined
    if (removals.length > 0)
      return { chain, seq, text: `was removed before its time: ${who} names it` }
    const what =
      there?.head === undefined
        ? 'its whole chain is'
        : `everything behind entry ${there.head.seq} is`
    return { chain, seq, text: `is missing, as ${what}: ${who} names it` }
  }

  return {
    chain: chainOf,
    take(id, value) {
      const entry = chainOf(id).take(value)
      if (entry !== undefined) note(entry)
      return entry
    },
    expect: (head, who, at) => void expected.push({ head, who, at }),
    problems() {
      const own = [...chains.values()].flatMap((chain) => [
        ...chain.missingBefore
          .filter((head) => !isRemoved(head))
          .map(({ seq }) => ({
            chain: chain.chain,
            seq,
            text: 'is missing, and no entry says that it was removed',
          })),
        ...(chain.problem ? [chain.problem] : []),
      ])
      const others = expected.flatMap((one) => complaintAbout(one) ?? [])
      return firstOfEach([...own, ...others, ...tooEarly])
    },
    summary() {
      const all = [...chains.values()].filter(({ count }) => count > 0)
      const entries = all.reduce((sum, { count }) => sum + count, 0)
      return { entries, chains: all, missed, from, until }
    },
  }
}

function days(ms: number): string {
  const count = Math.floor(ms / dayMs)
  return count === 1 ? '1 day' : `${count} days`
}

/** What comes behind the first break of a chain follows from it. */
function firstOfEach(problems: readonly Problem[]): Problem[] {
  const first = new Map<string, Problem>()
  for (const problem of problems) {
    const known = first.get(problem.chain)
    if (known === undefined || problem.seq < known.seq) first.set(problem.chain, problem)
  }
  return [...first.values()].sort((a, b) => (a.chain < b.chain ? -1 : a.chain > b.chain ? 1 : 0))
}
