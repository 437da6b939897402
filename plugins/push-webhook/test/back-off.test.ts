import { expect, test } from '@jest/globals'
import { backOff } from '../src/back-off.ts'

const never = () => 0
const almostOne = () => 0.999_999

test('waits twice as long after each failure, up to an hour', () => {
  const waits = Array.from({ length: 13 }, (_, at) => backOff(at + 1, never) / 1000)
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600])
})

test('by chance up to half of it less', () => {
  expect(backOff(1, almostOne)).toBe(2500)
  expect(backOff(50, almostOne)).toBe(1_800_002)
})
