/** What waits at most so long. */
export interface Waiter {
  isSettled: boolean
}

export interface Deadlines<W extends Waiter> {
  /** From now on. Added in order of time, since all wait equally long. */
  add(waiter: W): void
  /** Lets go of those at the head that are settled. */
  trim(): void
}

const sweepMs = 100

/**
 * Ends what has waited for `waitMs`, in real time and about a tenth of a second late at most: no answer is worse than
 * a refusal, since the client keeps the message and tries again.
 */
export function makeDeadlines<W extends Waiter>(o: {
  readonly waitMs: number
  readonly onExpired: (waiters: readonly W[]) => void
}): Deadlines<W> {
  let queue: Array<{ readonly waiter: W; readonly at: number }> = []
  let head = 0
  let timer: NodeJS.Timeout | undefined

  function trim(): void {
    while (queue[head]?.waiter.isSettled) head += 1
    if (head < 1024 || head * 2 < queue.length) return
    queue = queue.slice(head)
    head = 0
  }

  function arm(): void {
    if (timer === undefined) timer = setTimeout(sweep, sweepMs)
  }

  function sweep(): void {
    timer = undefined
    const now = performance.now()
    const expired: W[] = []
    for (; head < queue.length; head += 1) {
      const next = queue[head]
      if (next === undefined || (!next.waiter.isSettled && next.at > now)) break
      if (!next.waiter.isSettled) expired.push(next.waiter)
    }
    if (head >= queue.length) {
      queue = []
      head = 0
    } else arm()
    if (expired.length > 0) o.onExpired(expired)
  }

  return {
    add(waiter) {
      queue.push({ waiter, at: performance.now() + o.waitMs })
      arm()
    },
    trim,
  }
}
