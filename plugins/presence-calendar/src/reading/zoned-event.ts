import type { ContentLine, EventLines } from './calendar-lines.ts'
import type { TimeZones } from './time-zones.ts'

/** What tells when an event is, and whether it counts; the rest never reaches the parser. */
const kept = new Set([
  'UID',
  'DTSTART',
  'DTEND',
  'DURATION',
  'RRULE',
  'EXDATE',
  'RDATE',
  'RECURRENCE-ID',
  'SEQUENCE',
  'STATUS',
  'TRANSP',
  'CLASS',
  'SUMMARY',
  'X-MICROSOFT-CDO-BUSYSTATUS',
])
const times = new Set(['DTSTART', 'DTEND', 'EXDATE', 'RDATE', 'RECURRENCE-ID'])

/**
 * The event as node-ical reads it right: every time with a zone that it knows. It moves a series without one, or with
 * one it does not know, by the zone of this process.
 *
 * @param address whose declined invitations are marked by `X-DECLINED`
 */
export function zonedEvent(
  event: EventLines,
  timeZones: TimeZones,
  address: string | undefined,
): ContentLine[] {
  const lines = event
    .filter(({ name }) => kept.has(name))
    .map((line) => (times.has(line.name) ? zoned(line, timeZones) : line))
  const isDeclined =
    address !== undefined && event.some((line) => isDeclinedBy(line, address.toLowerCase()))
  return isDeclined ? [...lines, { name: 'X-DECLINED', params: '', value: 'TRUE' }] : lines
}

function zoned(line: ContentLine, timeZones: TimeZones): ContentLine {
  const { name, params, value } = line
  const isLocal = /^\d{8}T\d{6}(?!Z)/.test(value)
  const isUtcOrDate = /^\d{8}(?:T\d{6}Z|$|,)/.test(value)
  if (isUtcOrDate) return { name, params: withoutZone(params), value }
  // An unquoted tzone://Microsoft/… has a colon, by which it was cut: the parser mends that.
  if (!isLocal) return line
  const tzid = /;TZID=("[^"]*"|[^":;]*)/i.exec(params)?.[1]
  const zone = tzid === undefined ? timeZones.floating : timeZones.zoneOf(tzid)
  return { name, params: `${withoutZone(params)};TZID=${zone}`, value }
}

function withoutZone(params: string): string {
  return params.replace(/;TZID=(?:"[^"]*"|[^":;]*)/i, '')
}

function isDeclinedBy({ name, params, value }: ContentLine, address: string): boolean {
  return (
    name === 'ATTENDEE' &&
    value.trim().toLowerCase() === `mailto:${address}` &&
    /;PARTSTAT="?DECLINED/i.test(params)
  )
}
