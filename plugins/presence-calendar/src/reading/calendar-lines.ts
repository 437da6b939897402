/** The events and time zones of a calendar as content lines, before anything is made of them. */
export interface CalendarLines {
  /** Of each event its series and exceptions, which have one UID, together. */
  readonly groups: readonly (readonly EventLines[])[]
  readonly zones: ReadonlyMap<string, readonly string[]>
  /** `X-WR-TIMEZONE`: what many calendars say instead of a zone at each time. */
  readonly zone: string | undefined
}

/** One VEVENT, from its first property to its last, unfolded, with names in capitals. */
export type EventLines = readonly ContentLine[]

export interface ContentLine {
  readonly name: string
  /** `;TZID=Europe/Berlin`, or nothing. */
  readonly params: string
  readonly value: string
}

// RFC 5545, 3.1. Values of a parameter may be quoted, and then hold what ends them otherwise. Each character can be read
// in one way only: a line that does not fit is given up at once.
const contentLine =
  /^([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^":;,]*)(?:,(?:"[^"]*"|[^":;,]*))*)*):(.*)$/

export const eventsMax = 20_000

/** @throws Error for what is no calendar, or one with too many events */
export function readLines(text: string): CalendarLines {
  // Unfolding first (3.1): also what cannot be read must not swallow the line behind it.
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
  const groups = new Map<string, EventLines[]>()
  const zones = new Map<string, readonly string[]>()
  let zone: string | undefined
  let isCalendar = false
  let events = 0
  /** Components that are open, without VCALENDAR. */
  const open: string[] = []
  let event: ContentLine[] = []
  let zoneLines: string[] = []

  for (const raw of lines) {
    const line = parseLine(raw)
    if (line === undefined) continue
    const { name, value } = line
    const component = value.trim().toUpperCase()
    if (name === 'BEGIN' && component === 'VCALENDAR') isCalendar = true
    else if (name === 'BEGIN') {
      if (open.length === 0) {
        event = []
        zoneLines = []
      } else if (open[0] === 'VTIMEZONE') zoneLines.push(`BEGIN:${component}`)
      open.push(component)
    } else if (name === 'END' && open.length > 0) {
      open.pop()
      const isTop = open.length === 0
      if (isTop && component === 'VEVENT') {
        events += 1
        if (events > eventsMax) throw new Error(`it has more than ${eventsMax} events`)
        const uid = event.find((one) => one.name === 'UID')?.value ?? `none ${events}`
        const group = groups.get(uid)
        if (group === undefined) groups.set(uid, [event])
        else group.push(event)
      } else if (isTop && component === 'VTIMEZONE') {
        const id = zoneLines.find((one) => one.startsWith('TZID:'))?.slice('TZID:'.length)
        if (id !== undefined) zones.set(id, zoneLines)
      } else if (open[0] === 'VTIMEZONE') zoneLines.push(`END:${component}`)
    } else if (open.length === 0 && name === 'X-WR-TIMEZONE') zone = value.trim()
    else if (open.length === 1 && open[0] === 'VEVENT') event.push(line)
    else if (open[0] === 'VTIMEZONE') zoneLines.push(`${name}${line.params}:${value}`)
  }
  if (!isCalendar) throw new Error('it is no calendar: it has no BEGIN:VCALENDAR')
  return { groups: [...groups.values()], zones, zone }
}

function parseLine(raw: string): ContentLine | undefined {
  const match = contentLine.exec(raw)
  if (match === null) return undefined
  const [, name = '', params = '', value = ''] = match
  return { name: name.toUpperCase(), params, value }
}
