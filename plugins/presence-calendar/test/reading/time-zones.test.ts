import { expect, test } from '@jest/globals'
import { calendar, event, read } from './calendars.ts'

const summer = ['2026-07-01T00:00Z', '2026-07-02T00:00Z'] as const
const at = (start: string, ...more: string[]) => calendar(...more, event(start, 'DURATION:PT1H'))
const tenInBerlin = ['2026-07-01T08:00Z/09:00Z busy In a meeting']

test.each([
  'Europe/Berlin',
  '"Europe/Berlin"',
  'W. Europe Standard Time',
  '"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"',
  '/freeassociation.sourceforge.net/Europe/Berlin',
  '/mozilla.org/20050126_1/Europe/Berlin',
])('knows the zone %s', (tzid) => {
  const text = at(`DTSTART;TZID=${tzid}:20260701T100000`)
  expect(read(text, ...summer, { timeZone: 'Asia/Tokyo' }).spans).toEqual(tenInBerlin)
})

const rules = (tzid: string, ...more: string[]) => [
  'BEGIN:VTIMEZONE',
  `TZID:${tzid}`,
  ...more,
  'BEGIN:STANDARD',
  'DTSTART:19701025T030000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19700329T020000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
]

test('a zone of the calendar’s own is known by its rules, for a series and its exceptions too', () => {
  const series = calendar(
    ...rules('Our office'),
    event(
      'DTSTART;TZID=Our office:20260301T100000',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY',
      'EXDATE;TZID=Our office:20260630T100000',
    ),
  )
  const found = read(series, '2026-06-30T00:00Z', '2026-07-02T00:00Z', { timeZone: 'Asia/Tokyo' })
  expect(found.spans).toEqual(tenInBerlin)
})

test('or by the place it names', () => {
  const text = at(
    'DTSTART;TZID=Zone 7:20260701T100000',
    ...rules('Zone 7', 'X-LIC-LOCATION:America/New_York'),
  )
  expect(read(text, ...summer).spans).toEqual(['2026-07-01T14:00Z/15:00Z busy In a meeting'])
})

test('a time in no zone, or one that nobody knows, is in that of the user', () => {
  for (const start of ['DTSTART:20260701T100000', 'DTSTART;TZID=Nowhere:20260701T100000']) {
    expect(read(at(start), ...summer).spans).toEqual(tenInBerlin)
    expect(read(at(start), ...summer, { timeZone: 'America/New_York' }).spans).toEqual([
      '2026-07-01T14:00Z/15:00Z busy In a meeting',
    ])
  }
})

test('or of the calendar, where the operator says nothing', () => {
  const text = at('DTSTART:20260701T100000', 'X-WR-TIMEZONE:America/New_York')
  expect(read(text, ...summer, { timeZone: undefined }).spans).toEqual([
    '2026-07-01T14:00Z/15:00Z busy In a meeting',
  ])
})

test('a series in no zone goes by the clock on the user’s wall when summer time ends', () => {
  const text = calendar(event('DTSTART:20261024T100000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY'))
  expect(read(text, '2026-10-24T00:00Z', '2026-10-26T00:00Z').spans).toEqual([
    '2026-10-24T08:00Z/09:00Z busy In a meeting',
    '2026-10-25T09:00Z/10:00Z busy In a meeting',
  ])
})

test('an event over the change of the clock is as long as it is', () => {
  const text = calendar(
    event('DTSTART;TZID=Europe/Berlin:20261024T230000', 'DTEND;TZID=Europe/Berlin:20261025T060000'),
  )
  expect(read(text, '2026-10-24T00:00Z', '2026-10-26T00:00Z').spans).toEqual([
    '2026-10-24T21:00Z/2026-10-25T05:00Z busy In a meeting',
  ])
})

test.each([
  ['Europe/Berlin', '2026-06-30T22:00Z/2026-07-01T22:00Z'],
  ['America/New_York', '2026-07-01T04:00Z/2026-07-02T04:00Z'],
  ['Pacific/Auckland', '2026-06-30T12:00Z/2026-07-01T12:00Z'],
])('a whole day is one of the user, in %s', (timeZone, span) => {
  const text = calendar(event('DTSTART;VALUE=DATE:20260701'))
  const options = { timeZone, view: { allDay: 'busy' } }
  expect(read(text, '2026-06-30T00:00Z', '2026-07-03T00:00Z', options).spans).toEqual([
    `${span} busy In a meeting`,
  ])
})

test('whole days recur, each as long as the clocks make it', () => {
  const text = calendar(
    event(
      'DTSTART;VALUE=DATE:20261024',
      'DTEND;VALUE=DATE:20261025',
      'RRULE:FREQ=DAILY;COUNT=3',
      'EXDATE;VALUE=DATE:20261024',
    ),
  )
  const options = { view: { allDay: 'busy' } }
  expect(read(text, '2026-10-20T00:00Z', '2026-10-30T00:00Z', options).spans).toEqual([
    '2026-10-24T22:00Z/2026-10-26T23:00Z busy In a meeting',
  ])
})
