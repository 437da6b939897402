import { ChatError } from '@secure-chat/protocol/errors'

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * A time a person types: ISO 8601 (a date alone means its start, local), `2h`, `3d`, `today`, `yesterday`.
 *
 * @returns milliseconds since the epoch
 */
export function parseMoment(text: string, now: number): number {
  const word = text.trim().toLowerCase()
  if (word === 'now') return now
  if (word === 'today') return startOfDay(now, 0)
  if (word === 'yesterday') return startOfDay(now, -1)
  const [, count, unit] = /^(\d{1,6})\s*(s|m|h|d|w)$/.exec(word) ?? []
  if (count && unit) return now - Number(count) * (unitMs[unit] ?? 0)
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(word) ?? []
  const isDate = year && month && day
  const at = isDate
    ? localDate(Number(year), Number(month), Number(day))
    : /^\d{4}-\d{2}-\d{2}t/.test(word)
      ? Date.parse(text.trim())
      : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new ChatError('usage', `"${text}" is not a time.`, {
    suggestions: ['Examples: 2h, 3d, today, yesterday, 2026-11-23, 2026-11-23T14:00:00Z'],
  })
}

function localDate(year: number, month: number, day: number): number {
  const date = new Date(year, month - 1, day)
  return date.getMonth() === month - 1 ? date.getTime() : Number.NaN
}

function startOfDay(now: number, offset: number): number {
  const date = new Date(now)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + offset).getTime()
}
