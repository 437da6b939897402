import type { Clock } from '../../ports/clock.ts'
import { makeExpiringMap } from './expiring-map.ts'

export interface TokenBuckets {
  /** Takes one token of the key. 0: taken; else the milliseconds until there will be one. */
  take(key: string): number
}

/**
 * A steady rate with a burst per key (GCRA: one number a key, the time at which its bucket is full again).
 * Memory is bounded: a full bucket is no entry, and beyond `maxKeys` the oldest keys start anew.
 */
export function makeTokenBuckets({
  clock,
  burst,
  intervalMs,
  maxKeys = 100_000,
}: {
  readonly clock: Pick<Clock, 'monotonic'>
  /** How many can be taken at once from a full bucket. */
  readonly burst: number
  /** One token comes back every so many milliseconds. */
  readonly intervalMs: number
  readonly maxKeys?: number
}): TokenBuckets {
  const fullAt = makeExpiringMap<number>({ clock, maxEntries: maxKeys })
  const toleranceMs = (burst - 1) * intervalMs
  return {
    take(key) {
      const now = clock.monotonic()
      const full = fullAt.get(key) ?? now
      const waitMs = full - now - toleranceMs
      if (waitMs > 0) return waitMs
      fullAt.set(key, full + intervalMs, full + intervalMs)
      return 0
    },
  }
}
