import { ChatError } from '@secure-chat/protocol'
import type { Clock } from '../../ports/index.ts'

/** One attempt that counts until it is taken back. */
export interface Attempt {
  takeBack(): void
}

/** At most so many in a sliding window, by key. */
export interface AttemptWindow {
  /**
   * Counts at once, before the outcome is known: otherwise a hundred guesses sent together would
   * all pass before the first has failed.
   *
   * @throws ChatError `rate_limited` with the seconds until the oldest leaves the window
   */
  count(key: string): Attempt
}

const maxKeys = 100_000

/**
 * Our own forty lines rather than a limiter library: those read `Date.now` and set a timer for each
 * key, so their windows can neither be driven by a virtual clock nor be bounded in memory.
 */
export function makeAttemptWindow({
  clock,
  limit,
  windowMs,
  detail,
}: {
  readonly clock: Clock
  readonly limit: number
  readonly windowMs: number
  readonly detail: string
}): AttemptWindow {
  const times = new Map<string, number[]>()
  return {
    count(key) {
      const now = clock.monotonic()
      const recent = (times.get(key) ?? []).filter((at) => now - at < windowMs)
      const [oldest] = recent
      if (recent.length >= limit && oldest !== undefined) {
        const retryAfterS = Math.max(1, Math.ceil((oldest + windowMs - now) / 1000))
        throw new ChatError('rate_limited', `${detail} Wait ${retryAfterS} seconds.`, {
          retryAfterS,
        })
      }
      recent.push(now)
      // Put back at the end, so that the first key is the one longest untouched.
      times.delete(key)
      times.set(key, recent)
      if (times.size > maxKeys) forgetFirst()
      return {
        takeBack() {
          const kept = times.get(key)
          const index = kept?.indexOf(now) ?? -1
          if (index >= 0) kept?.splice(index, 1)
          if (kept?.length === 0) times.delete(key)
        },
      }
    },
  }

  function forgetFirst(): void {
    const [first] = times.keys()
    if (first !== undefined) times.delete(first)
  }
}

/** With `RATE_LIMIT=off`. */
export const unlimitedAttempts: AttemptWindow = { count: () => ({ takeBack() {} }) }
