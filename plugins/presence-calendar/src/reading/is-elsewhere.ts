import type { EventLines } from './calendar-lines.ts'

/** More than zones, and whole days in them, can move a date. */
const marginMs = 2 * 86_400_000

/**
 * Tells by its dates alone that an event is not in the window: most events of a calendar are in the past, and the
 * parser takes a quarter of a millisecond for each.
 */
export function makeIsElsewhere({ from, to }: { readonly from: number; readonly to: number }) {
  const first = dayOf(from - marginMs)
  const last = dayOf(to + marginMs)
  return (event: EventLines): boolean => {
    if (event.some(({ name }) => name === 'RRULE' || name === 'RDATE')) return false
    const days = event
      .filter(({ name }) => name === 'DTSTART' || name === 'DTEND')
      .map(({ value }) => /^\d{8}/.exec(value)?.[0])
    if (days.length === 0 || days.includes(undefined)) return false
    const isLater = days.every((day) => day !== undefined && day > last)
    // With a DTEND: without one it may last, by its DURATION.
    const isOver = days.length === 2 && days.every((day) => day !== undefined && day < first)
    return isLater || isOver
  }
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '')
}
