const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Above this a timer of Node fires at once; nobody means it. */
const longestMs = 2_000_000_000

/** `30s`, `15m`, `1h`, `1d` in milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,7})(s|m|h|d)$/.exec(text) ?? []
  const ms = Number(count) * (unitMs[unit ?? ''] ?? Number.NaN)
  return ms > 0 && ms <= longestMs ? ms : undefined
}
