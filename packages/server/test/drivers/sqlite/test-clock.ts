import type { Clock } from '../../../src/ports/index.ts'

export interface TestClock extends Clock {
  advance(ms: number): void
}

/** A clock that stands still until it is moved. */
export function testClock(start = 1_790_000_000_000): TestClock {
  let now = start
  return {
    now: () => now,
    monotonic: () => now,
    setTimeout: () => () => undefined,
    advance(ms) {
      now += ms
    },
  }
}
