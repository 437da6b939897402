import { expect, jest, test } from '@jest/globals'
import { calendar, event, read } from './calendars.ts'

const weekly = [
  'UID:weekly',
  'DTSTART;TZID=Europe/Berlin:20260302T100000',
  'DTEND;TZID=Europe/Berlin:20260302T110000',
  'RRULE:FREQ=WEEKLY',
]
const march = ['2026-03-01T00:00Z', '2026-04-01T00:00Z'] as const

test('a series goes by the clock on the wall when summer time begins', () => {
  expect(read(calendar(event(...weekly)), ...march).spans).toEqual([
    '2026-03-02T09:00Z/10:00Z busy In a meeting',
    '2026-03-09T09:00Z/10:00Z busy In a meeting',
    '2026-03-16T09:00Z/10:00Z busy In a meeting',
    '2026-03-23T09:00Z/10:00Z busy In a meeting',
    '2026-03-30T08:00Z/09:00Z busy In a meeting',
  ])
})

test('days are excluded, in the zone, in UTC, as a date, and several in one line', () => {
  const excluded = event(
    ...weekly,
    'EXDATE;TZID=Europe/Berlin:20260302T100000,20260309T100000',
    'EXDATE:20260316T090000Z',
    'EXDATE;VALUE=DATE:20260323',
  )
  expect(read(calendar(excluded), ...march).spans).toEqual([
    '2026-03-30T08:00Z/09:00Z busy In a meeting',
  ])
})

test('one day is moved, one is longer, one is cancelled, one is free', () => {
  const exception = (day: string, ...lines: string[]) =>
    event('UID:weekly', `RECURRENCE-ID;TZID=Europe/Berlin:202603${day}T100000`, ...lines)
  const text = calendar(
    // Exceptions may stand before their series.
    exception('02', 'DTSTART;TZID=Europe/Berlin:20260303T140000', 'DURATION:PT1H'),
    event(...weekly),
    exception('09', 'DTSTART;TZID=Europe/Berlin:20260309T100000', 'DURATION:PT3H'),
    exception(
      '16',
      'DTSTART;TZID=Europe/Berlin:20260316T100000',
      'DURATION:PT1H',
      'STATUS:CANCELLED',
    ),
    exception(
      '23',
      'DTSTART;TZID=Europe/Berlin:20260323T100000',
      'DURATION:PT1H',
      'TRANSP:TRANSPARENT',
    ),
  )
  expect(read(text, ...march).spans).toEqual([
    '2026-03-03T13:00Z/14:00Z busy In a meeting',
    '2026-03-09T09:00Z/12:00Z busy In a meeting',
    '2026-03-30T08:00Z/09:00Z busy In a meeting',
  ])
})

test('a day that is moved into the window counts, and one that is moved out of it does not', () => {
  const text = calendar(
    event(...weekly),
    event(
      'UID:weekly',
      'RECURRENCE-ID;TZID=Europe/Berlin:20260504T100000',
      'DTSTART;TZID=Europe/Berlin:20260311T100000',
      'DURATION:PT1H',
    ),
    event(
      'UID:weekly',
      'RECURRENCE-ID;TZID=Europe/Berlin:20260316T100000',
      'DTSTART;TZID=Europe/Berlin:20260611T100000',
      'DURATION:PT1H',
    ),
  )
  expect(read(text, '2026-03-10T00:00Z', '2026-03-20T00:00Z').spans).toEqual([
    '2026-03-11T09:00Z/10:00Z busy In a meeting',
  ])
})

test('of an exception the newest version counts, whatever the order', () => {
  // The parser says so; in the thread nobody hears it.
  const warn = jest.spyOn(console, 'warn').mockReturnValue()
  const version = (sequence: number, hour: string) =>
    event(
      'UID:weekly',
      `SEQUENCE:${sequence}`,
      'RECURRENCE-ID;TZID=Europe/Berlin:20260302T100000',
      `DTSTART;TZID=Europe/Berlin:20260302T${hour}0000`,
      'DURATION:PT1H',
    )
  const text = calendar(event(...weekly), version(2, '15'), version(1, '17'))
  expect(read(text, '2026-03-01T00:00Z', '2026-03-03T00:00Z').spans).toEqual([
    '2026-03-02T14:00Z/15:00Z busy In a meeting',
  ])
  warn.mockRestore()
})

test('who is invited to some days of a series has those alone', () => {
  const day = (date: string) =>
    event(
      'UID:invited',
      `RECURRENCE-ID;TZID=Europe/Berlin:${date}T100000`,
      `DTSTART;TZID=Europe/Berlin:${date}T100000`,
      'DURATION:PT1H',
    )
  const text = calendar(day('20260302'), day('20260309'))
  expect(read(text, ...march).spans).toEqual([
    '2026-03-02T09:00Z/10:00Z busy In a meeting',
    '2026-03-09T09:00Z/10:00Z busy In a meeting',
  ])
})

test('days that are added to a series, or to one event, count', () => {
  const text = calendar(
    event(
      ...weekly,
      'RDATE;TZID=Europe/Berlin:20260304T170000,20260305T170000',
      'EXDATE;TZID=Europe/Berlin:20260305T170000',
    ),
    event('DTSTART:20260306T060000Z', 'DURATION:PT1H', 'RDATE:20260307T060000Z'),
  )
  expect(read(text, '2026-03-02T00:00Z', '2026-03-08T00:00Z').spans).toEqual([
    '2026-03-02T09:00Z/10:00Z busy In a meeting',
    '2026-03-04T16:00Z/17:00Z busy In a meeting',
    '2026-03-06T06:00Z/07:00Z busy In a meeting',
    '2026-03-07T06:00Z/07:00Z busy In a meeting',
  ])
})

test('an event that began before the window is told of to its end, a series too', () => {
  const text = calendar(
    event('DTSTART:20260301T000000Z', 'DTEND:20260320T000000Z'),
    event('DTSTART:20260101T220000Z', 'DURATION:PT4H', 'RRULE:FREQ=DAILY'),
  )
  expect(read(text, '2026-03-19T23:00Z', '2026-03-20T21:00Z').spans).toEqual([
    '2026-03-01T00:00Z/2026-03-20T02:00Z busy In a meeting',
  ])
})

test('what is left out by its dates is what is not there', () => {
  const shown = (...lines: string[]) =>
    read(calendar(event(...lines)), '2026-03-02T00:00Z', '2026-03-09T00:00Z').spans.length
  // Over the edges by zone, by length and by recurrence.
  expect(shown('DTSTART;TZID=Pacific/Kiritimati:20260302T120000', 'DURATION:PT5H')).toBe(1)
  expect(shown('DTSTART;TZID=Pacific/Pago_Pago:20260308T110000', 'DURATION:PT5H')).toBe(1)
  expect(shown('DTSTART:20200101T000000Z', 'DURATION:P9000D')).toBe(1)
  expect(shown('DTSTART:20200101T000000Z', 'DTEND:20270101T000000Z')).toBe(1)
  expect(
    shown('DTSTART:20200101T000000Z', 'DTEND:20200101T010000Z', 'RDATE:20260305T000000Z'),
  ).toBe(1)
  expect(shown('DTSTART:20200101T000000Z', 'DTEND:20200102T000000Z')).toBe(0)
  expect(shown('DTSTART:20270101T000000Z', 'DURATION:P1D')).toBe(0)
})
