import type { Clock } from '../../ports/clock.ts'

/** Values that are forgotten by time, and by number when strangers try to fill the memory. */
export interface ExpiringMap<V> {
  get(key: string): V | undefined
  /** @param expiresAt by `clock.monotonic()` */
  set(key: string, value: V, expiresAt: number): void
  delete(key: string): void
  readonly size: number
}

/**
 * A map of at most `maxEntries`. What has expired is never given out, and is removed in sweeps whose cost is
 * spread over the writes; beyond the bound the oldest tenth goes. Nothing runs by a timer.
 */
export function makeExpiringMap<V>({
  clock,
  maxEntries,
}: {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly maxEntries: number
}): ExpiringMap<V> {
  const entries = new Map<string, { readonly value: V; readonly expiresAt: number }>()
  const sweepAt = () => Math.min(maxEntries, Math.max(1024, entries.size * 2))
  let nextSweep = sweepAt()

  function sweep(now: number): void {
    for (const [key, entry] of entries) if (entry.expiresAt <= now) entries.delete(key)
    if (entries.size >= maxEntries) dropOldest(Math.ceil(maxEntries / 10))
    nextSweep = sweepAt()
  }

  function dropOldest(count: number): void {
    let left = count
    for (const key of entries.keys()) {
      if (left-- <= 0) return
      entries.delete(key)
    }
  }

  return {
    get(key) {
      const entry = entries.get(key)
      return entry !== undefined && entry.expiresAt > clock.monotonic() ? entry.value : undefined
    },
    set(key, value, expiresAt) {
      if (entries.size >= nextSweep) sweep(clock.monotonic())
      entries.set(key, { value, expiresAt })
    },
    delete(key) {
      entries.delete(key)
    },
    get size() {
      return entries.size
    },
  }
}
