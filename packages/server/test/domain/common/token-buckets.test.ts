import { makeExpiringMap } from '../../../src/domain/common/expiring-map.ts'
import { makeTokenBuckets } from '../../../src/domain/common/token-buckets.ts'
import { makeVirtualClock } from '../../../src/virtual-clock.ts'

test('gives a burst, then one token an interval, and no more for waiting longer', async () => {
  const clock = makeVirtualClock()
  const buckets = makeTokenBuckets({ clock, burst: 3, intervalMs: 100 })
  expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([0, 0, 0])
  expect(buckets.take('a')).toBe(100)
  await clock.advance(60)
  expect(buckets.take('a')).toBe(40)
  await clock.advance(40)
  expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 100])
  await clock.advance(1_000_000)
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 100])
})

test('being refused costs no token', async () => {
  const clock = makeVirtualClock()
  const buckets = makeTokenBuckets({ clock, burst: 1, intervalMs: 100 })
  buckets.take('a')
  for (let i = 0; i < 50; i++) buckets.take('a')
  await clock.advance(100)
  expect(buckets.take('a')).toBe(0)
})

test('a flood of names fills no memory, and full buckets are no entries', async () => {
  const clock = makeVirtualClock()
  const map = makeExpiringMap<number>({ clock, maxEntries: 1000 })
  for (let i = 0; i < 10_000; i++) map.set(`name${i}`, i, clock.monotonic() + 60_000)
  expect(map.size).toBeLessThanOrEqual(1000)
  expect(map.get('name9999')).toBe(9999)
  await clock.advance(60_000)
  expect(map.get('name9999')).toBeUndefined()
  for (let i = 0; i < 1000; i++) map.set(`later${i}`, i, clock.monotonic() + 60_000)
  expect(map.get('later0')).toBe(0)
})
