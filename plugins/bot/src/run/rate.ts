/** At most so many of each user in a minute. */
export interface Rate {
  /** Counts one more. @returns may it be answered? */
  take(user: string): boolean
}

const minuteMs = 60_000

/** @param now monotonic milliseconds */
export function makeRate(perMinute: number, now: () => number): Rate {
  const taken = new Map<string, number[]>()
  return {
    take(user) {
      const since = now() - minuteMs
      const recent = (taken.get(user) ?? []).filter((at) => at > since)
      const isFree = recent.length < perMinute
      if (isFree) recent.push(now())
      taken.set(user, recent)
      return isFree
    },
  }
}
