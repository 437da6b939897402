import { readLines } from './calendar-lines.ts'
import { instancesOf } from './instances.ts'
import { makeIsElsewhere } from './is-elsewhere.ts'
import { type Span, spanOf, type View } from './span.ts'
import { makeTimeZones } from './time-zones.ts'
import { timelineOf } from './timeline.ts'
import { zonedEvent } from './zoned-event.ts'

export interface ReadCalendarOptions {
  /** What is told of: milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  readonly view: View
  readonly timeZone?: string | undefined
  readonly address?: string | undefined
}

export interface Reading {
  readonly timeline: readonly Span[]
  /** Events that could not be understood, or recur too often to be meetings. */
  readonly skipped: number
}

const spansMax = 20_000

/**
 * What an iCalendar text says of a window of time. One event that cannot be read does not spoil the others.
 *
 * @throws Error for what is no calendar, or one with too much in it
 */
export function readCalendar(
  text: string,
  { from, to, view, timeZone, address }: ReadCalendarOptions,
): Reading {
  const { groups, zones, zone } = readLines(text)
  const ofCalendar = makeTimeZones({
    zones,
    floating: 'UTC',
    year: new Date(from).getUTCFullYear(),
  })
  const floating =
    timeZone ??
    (zone === undefined
      ? Intl.DateTimeFormat().resolvedOptions().timeZone
      : ofCalendar.zoneOf(zone))
  const timeZones = makeTimeZones({ zones, floating, year: new Date(from).getUTCFullYear() })
  const spans: Span[] = []
  let skipped = 0
  const isElsewhere = makeIsElsewhere({ from, to })
  for (const group of groups) {
    if (group.every(isElsewhere)) continue
    try {
      const events = group.map((event) => zonedEvent(event, timeZones, address))
      for (const instance of instancesOf(events, { from, to })) {
        const span = spanOf(instance, view, floating)
        if (span !== undefined && span.end > from && span.start < to) spans.push(span)
      }
    } catch {
      skipped += group.length
    }
    if (spans.length > spansMax) throw new Error(`it has more than ${spansMax} events in a week`)
  }
  return { timeline: timelineOf(spans), skipped }
}
