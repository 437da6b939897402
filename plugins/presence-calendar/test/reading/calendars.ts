import { type ReadCalendarOptions, readCalendar } from '../../src/reading/read-calendar.ts'

export const view: ReadCalendarOptions['view'] = {
  text: 'In a meeting',
  titles: false,
  tentative: 'busy',
  allDay: 'ignore',
  outOfOffice: 'away',
  outOfOfficeText: 'Out of office',
}

/** An iCalendar text with these lines in it. */
export function calendar(...lines: readonly string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:test', ...lines, 'END:VCALENDAR', ''].join(
    '\r\n',
  )
}

let events = 0

/** A VEVENT; UID and DTSTAMP unless they are given. */
export function event(...lines: readonly string[]): string {
  events += 1
  const uid = lines.some((line) => line.startsWith('UID:')) ? [] : [`UID:event-${events}@test`]
  return ['BEGIN:VEVENT', ...uid, 'DTSTAMP:20200101T000000Z', ...lines, 'END:VEVENT'].join('\r\n')
}

/** What a calendar says from one time to another, as `2026-01-05T08:00Z/09:00Z busy In a meeting`. */
export function read(
  text: string,
  from: string,
  to: string,
  more: Partial<Omit<ReadCalendarOptions, 'view'>> & { readonly view?: object } = {},
): { spans: string[]; skipped: number } {
  const { timeline, skipped } = readCalendar(text, {
    from: Date.parse(from),
    to: Date.parse(to),
    timeZone: 'Europe/Berlin',
    ...more,
    view: { ...view, ...more.view },
  })
  const spans = timeline.map(({ start, end, state, text: shown }) => {
    const [day, time] = minute(start).split('T')
    const [endDay, endTime] = minute(end).split('T')
    const until = endDay === day ? endTime : `${endDay}T${endTime}`
    return `${day}T${time}/${until} ${state} ${shown}`
  })
  return { spans, skipped }
}

const minute = (at: number) => new Date(at).toISOString().replace(':00.000Z', 'Z')

/** The starts alone, in milliseconds since the epoch. */
export function startsOf(text: string, from: number, to: number): number[] {
  const { timeline } = readCalendar(text, { from, to, timeZone: 'Europe/Berlin', view })
  return timeline.map(({ start }) => start)
}
