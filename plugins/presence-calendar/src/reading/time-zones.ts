import ical from 'node-ical'
import { isTimeZone } from '../time-zone.ts'

/** Finds the zone of the IANA database that a calendar means by a TZID. */
export interface TimeZones {
  /** Of a time without one (RFC 5545, 3.3.5, "floating"). */
  readonly floating: string
  /** The floating one for what nobody knows. */
  zoneOf(tzid: string): string
}

/**
 * node-ical knows the names of the database and of Windows, and can match the rules of a VTIMEZONE. It asks for the
 * rules only under a name of Microsoft's, and takes the zone of this process for all others: so such names are put on.
 */
export function makeTimeZones({
  zones,
  floating,
  year,
}: {
  readonly zones: ReadonlyMap<string, readonly string[]>
  readonly floating: string
  /** For which rules are matched. */
  readonly year: number
}): TimeZones {
  const known = new Map<string, string>()

  function find(tzid: string): string | undefined {
    const rules = zones.get(tzid)
    // libical and Mozilla put their own path before the name.
    const parts = tzid.split('/').filter((part) => part !== '')
    const candidates = [
      tzid,
      askedFor(tzid, [], year),
      rules?.find((line) => line.startsWith('X-LIC-LOCATION:'))?.slice('X-LIC-LOCATION:'.length),
      parts.slice(-3).join('/'),
      parts.slice(-2).join('/'),
    ]
    const byName = candidates.find(isTimeZone)
    if (byName !== undefined || rules === undefined) return byName
    const byRules = askedFor('Customized Time Zone', rules, year)
    return isTimeZone(byRules) ? byRules : undefined
  }

  return {
    floating,
    zoneOf(tzid) {
      const name = tzid.replace(/^"(.*)"$/, '$1')
      const found = known.get(name) ?? find(name) ?? floating
      known.set(name, found)
      return found
    },
  }
}

/** What node-ical makes of a time with this TZID. */
function askedFor(tzid: string, rules: readonly string[], year: number): string | undefined {
  const zone = rules.map((line) => (line.startsWith('TZID:') ? `TZID:${tzid}` : line))
  const text = [
    'BEGIN:VCALENDAR',
    ...(zone.length === 0 ? [] : ['BEGIN:VTIMEZONE', ...zone, 'END:VTIMEZONE']),
    'BEGIN:VEVENT',
    'UID:probe',
    `DTSTART;TZID="${tzid}":${year}0115T120000`,
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\r\n')
  try {
    const { probe } = ical.sync.parseICS(text)
    return probe !== undefined && 'start' in probe ? Object(probe.start).tz : undefined
  } catch {
    return undefined
  }
}
