import type { Clock } from '../../ports/index.ts'

/** What has a deadline. */
export interface Waiting {
  /** By `clock.monotonic()`. */
  readonly deadline: number
  expire(): void
}

/**
 * Deadlines of one length, so that they fall due in the order in which they were set: one timer for all of them,
 * that of the oldest. A timer for each call costs more than the call.
 */
export function makeDeadlines(clock: Clock): {
  add(waiting: Waiting): void
  remove(waiting: Waiting): void
} {
  const all = new Set<Waiting>()
  let isArmed = false

  function arm(): void {
    const [oldest] = all
    if (oldest === undefined || isArmed) return
    isArmed = true
    clock.setTimeout(onTimer, Math.max(0, oldest.deadline - clock.monotonic()))
  }

  function onTimer(): void {
    isArmed = false
    // A timer may come a fraction of a millisecond before its time.
    const now = clock.monotonic() + 1
    for (const waiting of all) {
      if (waiting.deadline > now) break
      all.delete(waiting)
      waiting.expire()
    }
    arm()
  }

  return {
    add(waiting) {
      all.add(waiting)
      if (!isArmed) arm()
    },
    remove(waiting) {
      all.delete(waiting)
    },
  }
}
