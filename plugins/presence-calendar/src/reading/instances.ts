import ical, { type VEvent } from 'node-ical'
import type { ContentLine } from './calendar-lines.ts'

/** One time that an event takes place. */
export interface Instance {
  readonly start: Date
  readonly end: Date
  readonly isFullDay: boolean
  /** The event, or the exception that stands for it this time. */
  readonly event: Readonly<Record<string, unknown>>
}

const dayMs = 86_400_000

/**
 * When the events of one UID take place within a window.
 *
 * @throws what node-ical throws for rules that it does not understand, or that recur too often
 */
export function instancesOf(
  group: readonly (readonly ContentLine[])[],
  window: { readonly from: number; readonly to: number },
): Instance[] {
  // Whole days are those of this process in node-ical, and are set right later.
  const from = new Date(window.from - dayMs)
  const to = new Date(window.to + dayMs)
  return eventsOf(group).flatMap((event) => [
    ...ical.expandRecurringEvent(event, { from, to, expandOngoing: true }),
    ...additional(event, group),
  ])
}

function eventsOf(group: readonly (readonly ContentLine[])[]): VEvent[] {
  const text = [
    'BEGIN:VCALENDAR',
    ...group.flatMap((lines) => ['BEGIN:VEVENT', ...lines.map(asText), 'END:VEVENT']),
    'END:VCALENDAR',
  ].join('\r\n')
  return Object.values(ical.sync.parseICS(text)).flatMap((component) => {
    if (component?.type !== 'VEVENT') return []
    const event = component as VEvent
    if (!(event.start instanceof Date)) return []
    // Exceptions without their series, of who is invited to some days of it: node-ical shows the first alone.
    const isSeries = event.rrule !== undefined || event.recurrenceid === undefined
    if (isSeries) return [event]
    // Events too, whatever the type says: `Omit` of what has an index signature leaves nothing.
    return [...new Set(Object.values(event.recurrences ?? {}))] as VEvent[]
  })
}

/** RDATE (RFC 5545, 3.8.5.2), which node-ical does not expand. Read as it reads the like, EXDATE. */
function additional(event: VEvent, group: readonly (readonly ContentLine[])[]): Instance[] {
  const series = group.find((lines) => !lines.some(({ name }) => name === 'RECURRENCE-ID')) ?? []
  const dates = series.filter(({ name }) => name === 'RDATE')
  if (dates.length === 0 || event.recurrenceid !== undefined) return []
  const start = series.filter(({ name }) => name === 'UID' || name === 'DTSTART')
  const [carrier] = eventsOf([[...start, ...dates.map((line) => ({ ...line, name: 'EXDATE' }))]])
  const lengthMs = Number(event.end ?? event.start) - Number(event.start)
  const moved = Object.values(event.recurrences ?? {}).map(({ recurrenceid }) => recurrenceid)
  const excluded = new Set([...Object.values(event.exdate ?? {}), ...moved].map(Number))
  return [...new Set(Object.values(carrier?.exdate ?? {}))]
    .filter((at) => !excluded.has(Number(at)))
    .map((at) => ({
      start: at,
      end: new Date(Number(at) + lengthMs),
      isFullDay: event.datetype === 'date',
      event,
    }))
}

function asText({ name, params, value }: ContentLine): string {
  return `${name}${params}:${value}`
}
