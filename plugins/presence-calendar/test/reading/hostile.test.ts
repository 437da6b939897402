import { expect, test } from '@jest/globals'
import { eventsMax } from '../../src/reading/calendar-lines.ts'
import { calendar, event, read } from './calendars.ts'

const day = ['2026-03-02T00:00Z', '2026-03-03T00:00Z'] as const
const good = event('DTSTART:20260302T100000Z', 'DTEND:20260302T110000Z')
const only = ['2026-03-02T10:00Z/11:00Z busy In a meeting']

test.each([
  ['a rule that is none', 'DTSTART:20260301T100000Z', 'RRULE:FREQ=FORTNIGHTLY'],
  ['a rule that stands still', 'DTSTART:20260301T100000Z', 'RRULE:FREQ=DAILY;INTERVAL=0'],
  ['every second, for ever', 'DTSTART:19700101T000000Z', 'RRULE:FREQ=SECONDLY'],
  ['every second, often', 'DTSTART:19700101T000000Z', 'RRULE:FREQ=SECONDLY;COUNT=999999999'],
  [
    'every day of 27,000 years',
    'DTSTART:19700101T000000Z',
    'DURATION:P9999999D',
    'RRULE:FREQ=DAILY',
  ],
  ['two starts', 'DTSTART:20260302T120000Z', 'DTSTART:20260302T130000Z', 'DURATION:PT1H'],
])('%s: the others count all the same', (_name, ...lines) => {
  expect(read(calendar(event(...lines), good), ...day)).toEqual({ spans: only, skipped: 1 })
})

test.each([
  [
    'a day that never comes',
    'DTSTART:20260301T100000Z',
    'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  ],
  [
    'a second that never comes',
    'DTSTART:19700101T000000Z',
    'RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
  ],
  ['no start', 'SUMMARY:x'],
  ['a start that is none', 'DTSTART:soon'],
  ['a name of an object’s own', 'UID:__proto__', 'DTSTART:20260101T000000Z', 'DURATION:PT1H'],
  ['another', 'UID:constructor', 'DTSTART:20260101T000000Z', 'DURATION:PT1H'],
  [
    'an alarm with times of its own',
    'BEGIN:VALARM',
    'DTSTART:20260302T150000Z',
    'DURATION:PT1H',
    'END:VALARM',
  ],
])('%s: nothing', (_name, ...lines) => {
  expect(read(calendar(event(...lines), good), ...day).spans).toEqual(only)
  expect(Reflect.ownKeys(Object.prototype)).not.toContain('start')
})

test('tasks, notes and free-busy times are no events', () => {
  const other = (name: string) => [
    `BEGIN:${name}`,
    'UID:other',
    'DTSTART:20260302T150000Z',
    'DURATION:PT1H',
    'FREEBUSY:20260302T150000Z/PT1H',
    `END:${name}`,
  ]
  const text = calendar(...other('VTODO'), ...other('VJOURNAL'), ...other('VFREEBUSY'), good)
  expect(read(text, ...day).spans).toEqual(only)
})

test.each(['', '<html>Sign in</html>', 'BEGIN:VEVENT\r\nEND:VEVENT', '\0'.repeat(1000)])(
  'what is no calendar is said to be none: %#',
  (text) => {
    expect(() => read(text, ...day)).toThrow('it is no calendar')
  },
)

test('too many events are not read', () => {
  const text = calendar(...Array(eventsMax + 1).fill('BEGIN:VEVENT\r\nEND:VEVENT'))
  expect(() => read(text, ...day)).toThrow(`more than ${eventsMax} events`)
})

test('a line that fits no rule is given up at once', () => {
  const line = `DTSTART${';A=,'.repeat(50_000)}`
  const text = calendar(line, event(line), good)
  expect(read(text, ...day).spans).toEqual(only)
})

test('line ends of any kind, folded anywhere', () => {
  const folded = calendar(good).replace('DTSTART:2026', 'DTST\r\n ART:20\r\n\t26')
  expect(read(folded, ...day).spans).toEqual(only)
  expect(read(folded.replaceAll('\r\n', '\n'), ...day).spans).toEqual(only)
  expect(read(`\uFEFF${calendar(good)}`, ...day).spans).toEqual(only)
})
