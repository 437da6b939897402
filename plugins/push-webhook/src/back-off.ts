const firstMs = 5000
const longestMs = 3_600_000

/**
 * How long to wait after so many failed tries: 5 s, doubled each time up to an hour, less up to a half by chance, so
 * that what failed together does not come back together.
 */
export function backOff(failed: number, random: () => number): number {
  const full = Math.min(firstMs * 2 ** (failed - 1), longestMs)
  return Math.round(full * (1 - random() / 2))
}
