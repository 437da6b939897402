/** How the calls of one hook went. Plain numbers, so that counting costs next to nothing; read when somebody asks. */
export interface HookStats {
  /** Handlers that were called. */
  calls: number
  /** Threw, were late, or answered what is no answer. */
  failures: number
  /** Of the failures: those that were late. */
  late: number
  /** Not called because the breaker was open. */
  skipped: number
  /** Watchers only: thrown away because too many waited. */
  dropped: number
  lastFailure: { readonly at: number; readonly text: string } | undefined
  took(ms: number): void
  /** Of the newest 1,024 calls, in milliseconds; undefined before the first. */
  quantile(q: number): number | undefined
  /** Cumulative counts for `secondsBuckets`, and number and sum (in seconds) of all. */
  histogram(): { readonly counts: readonly number[]; readonly count: number; readonly sum: number }
}

/** Upper bounds in seconds. */
export const secondsBuckets = [
  0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5,
] as const

const boundsMs = secondsBuckets.map((bound) => bound * 1000)
const kept = 1024

export function makeHookStats(): HookStats {
  const newest = new Float64Array(kept)
  const perBucket = new Array<number>(secondsBuckets.length).fill(0)
  let measured = 0
  let sumMs = 0

  return {
    calls: 0,
    failures: 0,
    late: 0,
    skipped: 0,
    dropped: 0,
    lastFailure: undefined,
    took(ms) {
      newest[measured % kept] = ms
      measured += 1
      sumMs += ms
      for (let at = 0; at < boundsMs.length; at++) {
        if (ms > (boundsMs[at] ?? 0)) continue
        perBucket[at] = (perBucket[at] ?? 0) + 1
        return
      }
    },
    quantile(q) {
      const count = Math.min(measured, kept)
      if (count === 0) return undefined
      const sorted = newest.slice(0, count).sort()
      return sorted[Math.min(count - 1, Math.floor(q * count))]
    },
    histogram() {
      let total = 0
      const counts = perBucket.map((count) => {
        total += count
        return total
      })
      return { counts, count: measured, sum: sumMs / 1000 }
    },
  }
}
