import { murmur2 as murmur2OfClient } from '@platformatic/kafka'
import fc from 'fast-check'
import { laneOf, murmur2 } from '../../../src/drivers/lanes/lane-of.ts'

const names = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{1,31}$/)

test.each([
  // Of Kafka's own tests of its hash.
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('hashes %s as Kafka does', (text, hash) => {
  expect(murmur2(text)).toBe(hash)
})

test('chooses the partition that a client of Kafka chooses for the name as key', () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 4096 }), (name, lanes) => {
      expect(laneOf(name, lanes)).toBe((murmur2OfClient(name) & 0x7fffffff) % lanes)
    }),
  )
})

test('spreads users over all lanes', () => {
  const counts = new Array<number>(64).fill(0)
  for (let index = 0; index < 64_000; index += 1) {
    const lane = laneOf(`user-${index}`, 64)
    counts[lane] = (counts[lane] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(800)
  expect(Math.max(...counts)).toBeLessThan(1200)
})
