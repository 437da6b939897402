import { afterEach, expect, jest, test } from '@jest/globals'
import { type CalendarReader, makeCalendarReader } from '../src/calendar-reader.ts'
import { calendar, event, view } from './reading/calendars.ts'

// Starting a thread that loads the parser takes a moment on a busy machine.
jest.setTimeout(60_000)

const clock = { setTimeout: () => () => undefined }
const options = {
  from: Date.parse('2026-03-02T00:00Z'),
  to: Date.parse('2026-03-09T00:00Z'),
  timeZone: 'UTC',
  view,
}
const good = calendar(event('DTSTART:20260302T100000Z', 'DURATION:PT1H'))

let reader: CalendarReader
afterEach(() => reader.close())

test('reads in a thread, one after the other', async () => {
  reader = makeCalendarReader({ clock, readMs: 30_000 })
  const readings = await Promise.all([reader.read(good, options), reader.read(good, options)])
  for (const { timeline } of readings) {
    expect(timeline).toEqual([
      {
        start: Date.parse('2026-03-02T10:00Z'),
        end: Date.parse('2026-03-02T11:00Z'),
        state: 'busy',
        text: 'In a meeting',
      },
    ])
  }
})

test('a calendar that keeps the thread busy is given up, and the next one is read', async () => {
  reader = makeCalendarReader({ clock, readMs: 2000 })
  // Each of them is given up by the parser itself, after a second.
  const slow = event(
    'DTSTART:19700101T000000Z',
    'DURATION:PT1S',
    `RRULE:FREQ=MINUTELY;BYSECOND=${Array.from({ length: 15 }, (_, at) => at)};COUNT=10000000`,
  )
  const hostile = calendar(
    ...Array.from({ length: 1000 }, (_, at) => slow.replace(/UID:.*/, `UID:${at}`)),
  )
  let ticks = 0
  const ticking = setInterval(() => (ticks += 1), 20)
  const [first, second] = await Promise.allSettled([
    reader.read(hostile, options),
    reader.read(good, options),
  ])
  clearInterval(ticking)
  expect(first).toMatchObject({ reason: { message: 'it takes more than 2 s to read' } })
  expect(second).toMatchObject({ value: { timeline: [{ state: 'busy' }], skipped: 0 } })
  // This thread had its turns meanwhile.
  expect(ticks).toBeGreaterThan(10)
})

test('what is no calendar is said so, and costs no thread', async () => {
  reader = makeCalendarReader({ clock, readMs: 30_000 })
  await expect(reader.read('hello', options)).rejects.toThrow('it is no calendar')
  expect((await reader.read(good, options)).timeline).toHaveLength(1)
})

test('what is under way when it is closed is given up, and nothing is read after', async () => {
  reader = makeCalendarReader({ clock, readMs: 30_000 })
  const reading = reader.read(good, options).catch((error: unknown) => String(error))
  await reader.close()
  expect(await reading).toMatch(/closed|ended/)
  await expect(reader.read(good, options)).rejects.toThrow('is being closed')
})
