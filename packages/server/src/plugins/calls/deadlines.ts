import type { Clock } from '../../ports/index.ts'

/** What has a deadline, between those that were set before and after it. */
export interface Waiting {
  /** By `clock.monotonic()`. */
  readonly deadline: number
  expire(): void
  older: Waiting | undefined
  newer: Waiting | undefined
}

/**
 * Deadlines of one length, so that they fall due in the order in which they were set: one timer for all of them,
 * that of the oldest. A timer for each call costs more than the call.
 *
 * Each knows its neighbours, and forgets them when it goes: in a `Set` that lives for long, what was taken out is
 * held until its table is collected, and the collector copies it meanwhile.
 */
export function makeDeadlines(clock: Clock): {
  add(waiting: Waiting): void
  /** False: it is not there any more. */
  remove(waiting: Waiting): boolean
} {
  let oldest: Waiting | undefined
  let newest: Waiting | undefined
  let isArmed = false

  function arm(): void {
    if (oldest === undefined || isArmed) return
    isArmed = true
    clock.setTimeout(onTimer, Math.max(0, oldest.deadline - clock.monotonic()))
  }

  function onTimer(): void {
    isArmed = false
    // A timer may come a fraction of a millisecond before its time.
    const now = clock.monotonic() + 1
    while (oldest !== undefined && oldest.deadline <= now) {
      const due = oldest
      remove(due)
      due.expire()
    }
    arm()
  }

  function remove(waiting: Waiting): boolean {
    const { older, newer } = waiting
    const isGone = older === undefined && waiting !== oldest
    if (isGone) return false
    if (older === undefined) oldest = newer
    else older.newer = newer
    if (newer === undefined) newest = older
    else newer.older = older
    waiting.older = undefined
    waiting.newer = undefined
    return true
  }

  return {
    add(waiting) {
      waiting.older = newest
      if (newest === undefined) oldest = waiting
      else newest.newer = waiting
      newest = waiting
      arm()
    },
    remove,
  }
}
