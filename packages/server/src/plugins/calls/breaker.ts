import type { Clock } from '../../ports/index.ts'

/** `pass`: an ordinary call. `trial`: the one that decides whether the breaker closes again. */
export type Admission = 'pass' | 'trial'

export interface Breaker {
  /** Undefined: open, do not call. Whoever is admitted says how it went, with the admission. */
  admit(): Admission | undefined
  succeeded(admission: Admission): void
  failed(admission: Admission): void
  /** What is behind it was made anew: what was before counts no more. */
  reset(): void
  readonly state: 'closed' | 'open' | 'half-open'
  /** Until the next trial; 0 when there may be one now. */
  waitMs(): number
}

const failuresToOpen = 5
const windowMs = 30_000
const openMs = 30_000

/** Five failures within 30 s open it; after 30 s one trial decides. Calls that began before it opened change nothing then. */
export function makeBreaker({
  clock,
  onChanged = () => undefined,
}: {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly onChanged?: (state: Breaker['state']) => void
}): Breaker {
  let state: Breaker['state'] = 'closed'
  let openedAt = 0
  let isTrialRunning = false
  /** Times of the newest failures. */
  const failures: number[] = []

  function become(next: Breaker['state']): void {
    state = next
    if (next === 'open') openedAt = clock.monotonic()
    if (next !== 'half-open') isTrialRunning = false
    failures.length = 0
    onChanged(next)
  }

  return {
    admit() {
      if (state === 'closed') return 'pass'
      if (state === 'open' && clock.monotonic() - openedAt >= openMs) become('half-open')
      if (state === 'open' || isTrialRunning) return undefined
      isTrialRunning = true
      return 'trial'
    },
    succeeded(admission) {
      if (admission === 'trial' && state === 'half-open') become('closed')
    },
    failed(admission) {
      if (admission === 'trial') {
        // A trial from before a reset says nothing any more.
        if (state === 'half-open') become('open')
        return
      }
      if (state !== 'closed') return
      const now = clock.monotonic()
      failures.push(now)
      while (now - (failures[0] ?? now) >= windowMs) failures.shift()
      if (failures.length >= failuresToOpen) become('open')
    },
    reset() {
      if (state === 'closed') failures.length = 0
      else become('closed')
    },
    get state() {
      return state
    },
    waitMs: () => (state === 'closed' ? 0 : Math.max(0, openedAt + openMs - clock.monotonic())),
  }
}
