import type { Clock } from './ports/index.ts'

export interface VirtualClock extends Clock {
  /** Moves both times forward and runs what falls due, in order; awaits between timers, so that what they start can set new ones. */
  advance(ms: number): Promise<void>
  /** Moves both times forward at once, as when a machine slept: what fell due meanwhile runs once. For days, where `advance` would run every second of them. */
  jump(ms: number): Promise<void>
  /** Moves the wall clock alone, as a correction of the system's time does. */
  setNow(ms: number): void
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Time that stands still until a test moves it. */
export function makeVirtualClock(startMs: number = Date.now()): VirtualClock {
  let now = startMs
  let monotonic = 0
  const timers = new Set<Timer>()

  return {
    now: () => now,
    monotonic: () => monotonic,
    setTimeout(run, ms) {
      const timer = { at: monotonic + Math.max(0, ms), run }
      timers.add(timer)
      return () => {
        timers.delete(timer)
      }
    },
    setNow(ms) {
      now = ms
    },
    async jump(ms) {
      await settled()
      move(monotonic + ms)
      const due = [...timers].filter((timer) => timer.at <= monotonic).sort((a, b) => a.at - b.at)
      for (const timer of due) {
        if (timers.delete(timer)) timer.run()
      }
      await settled()
    },
    async advance(ms) {
      const end = monotonic + ms
      await settled()
      for (let next = first(end); next !== undefined; next = first(end)) {
        move(next.at)
        timers.delete(next)
        next.run()
        await settled()
      }
      move(end)
      await settled()
    },
  }

  function move(to: number): void {
    now += to - monotonic
    monotonic = to
  }

  function first(end: number): Timer | undefined {
    let found: Timer | undefined
    for (const timer of timers) {
      if (timer.at <= end && (found === undefined || timer.at < found.at)) found = timer
    }
    return found
  }
}

/** A turn of the event loop: the embedded engine answers within one. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
