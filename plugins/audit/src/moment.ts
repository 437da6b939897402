import { ChatError } from '@secure-chat/plugin-sdk/cli'

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * A time as `secure-chat messages --since` takes it: `2h`, `3d`, `today`, `yesterday`, `2026-11-23` (its start, local
 * time) or ISO 8601.
 *
 * @returns ISO-8601, UTC with milliseconds
 */
export function parseMoment(text: string, now: number): string {
  const at = momentOf(text.trim().toLowerCase(), now)
  if (!Number.isNaN(at)) return new Date(at).toISOString()
  throw new ChatError('usage', `"${text}" is not a time.`, {
    suggestions: ['Examples: 2h, 3d, today, yesterday, 2026-11-23, 2026-11-23T14:00:00Z'],
  })
}

function momentOf(word: string, now: number): number {
  if (word === 'today') return startOfDay(now, 0)
  if (word === 'yesterday') return startOfDay(now, -1)
  const [, count, unit] = /^(\d{1,6})(s|m|h|d|w)$/.exec(word) ?? []
  if (count && unit) return now - Number(count) * (unitMs[unit] ?? 0)
  // Without an offset the language takes a date alone for UTC, and a time for local.
  if (/^\d{4}-\d{2}-\d{2}$/.test(word)) return Date.parse(`${word}T00:00:00`)
  return /^\d{4}-\d{2}-\d{2}t/.test(word) ? Date.parse(word.toUpperCase()) : Number.NaN
}

function startOfDay(now: number, offset: number): number {
  const date = new Date(now)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + offset).getTime()
}
