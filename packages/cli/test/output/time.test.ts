import { expect, test } from '@jest/globals'
import { dayTitle, relativeTime } from '../../src/output/time.ts'

const now = new Date(2026, 10, 23, 15, 0).getTime()
const before = (ms: number) => new Date(now - ms).toISOString()
const minute = 60_000
const hour = 60 * minute

test.each([
  [20_000, 'just now'],
  [5 * minute, '5 min ago'],
  [3 * hour, '3 h ago'],
  [10 * hour, '05:00'],
  [20 * hour, 'yesterday 19:00'],
  [72 * hour, 'Friday 15:00'],
  [30 * 24 * hour, '2026-10-24 15:00'],
])('%i ms before now is %s', (ms, words) => {
  // A month back summer time may have moved the hour; the day is what is said.
  expect(relativeTime(before(ms), now).slice(0, 10)).toBe(words.slice(0, 10))
})

test('a time in the future is given in full, and what is no time as it stands', () => {
  expect(relativeTime(before(-3 * hour), now)).toBe('2026-11-23 18:00')
  expect(relativeTime('never', now)).toBe('never')
})

test('days have names', () => {
  expect(dayTitle(before(0), now)).toBe('today, Monday 23 November 2026')
  expect(dayTitle(before(20 * hour), now)).toBe('yesterday, Sunday 22 November 2026')
})
