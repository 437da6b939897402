const firstMs = 500
const longestMs = 30_000

/** Wait before the next connection: doubling, half of it by chance so that clients of one server do not come back as one. */
export function backOff(attempt: number, random: () => number): number {
  const wholeMs = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10))
  return Math.round(wholeMs / 2 + (random() * wholeMs) / 2)
}
