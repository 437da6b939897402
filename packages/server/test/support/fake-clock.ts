import type { Clock } from '../../src/ports/clock.ts'

export interface FakeClock extends Clock {
  /** Moves both clocks and runs what is due, in order. */
  advance(ms: number): void
}

/** Time that only tests move. */
export function makeFakeClock(start = Date.parse('2026-11-23T18:00:00.000Z')): FakeClock {
  let elapsed = 0
  let timers: Array<{ at: number; run: () => void }> = []
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    setTimeout(run, ms) {
      const timer = { at: elapsed + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(ms) {
      const until = elapsed + ms
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        elapsed = Math.max(elapsed, next.at)
        timers = timers.filter((other) => other !== next)
        next.run()
      }
      elapsed = until
    },
  }
}
