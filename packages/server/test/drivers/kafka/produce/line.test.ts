import { Reader, readRecordsBatches } from '@platformatic/kafka'
import {
  batchOf,
  type Entry,
  finish,
  hasWork,
  isExhausted,
  type Line,
  makeLine,
  renewEpoch,
  unpack,
} from '../../../../src/drivers/kafka/produce/line.ts'

function waitIn(line: Line, value: string): Entry {
  const entry: Entry = {
    value,
    valueBytes: Buffer.byteLength(value),
    timestamp: 1_790_000_000_000,
    line,
    isSettled: false,
    settle: () => undefined,
  }
  line.waiting.push(entry)
  return entry
}

const bounds = { producerId: 7n, mostRecords: 100 }

function sent(line: Line, more = bounds) {
  const batch = batchOf(line, more)
  const [found] = readRecordsBatches(Reader.from(batch.bytes))
  return {
    values: found?.records.map(({ value }) => value?.toString()),
    producerId: found?.producerId,
    epoch: found?.producerEpoch,
    sequence: found?.firstSequence,
  }
}

test('numbers go on after what was acknowledged', () => {
  const line = makeLine('t', 0)
  for (const value of ['a', 'b', 'c']) waitIn(line, value)
  expect(sent(line, { ...bounds, mostRecords: 2 })).toMatchObject({
    values: ['a', 'b'],
    sequence: 0,
  })
  finish(line)
  expect(sent(line)).toMatchObject({ values: ['c'], sequence: 2, epoch: 0 })
})

test('a batch of unknown outcome goes again as it was, before what came later', () => {
  const line = makeLine('t', 0)
  waitIn(line, 'a')
  const first = batchOf(line, bounds)
  first.isSent = true
  waitIn(line, 'b')
  expect(hasWork(line)).toBe(true)
  expect(batchOf(line, bounds)).toBe(first)
  finish(line)
  expect(sent(line)).toMatchObject({ values: ['b'], sequence: 1 })
})

test('what was given up while it may be in a broker is followed under a higher epoch', () => {
  const line = makeLine('t', 0)
  const given = waitIn(line, 'given up')
  batchOf(line, bounds).isSent = true
  given.isSettled = true
  waitIn(line, 'next')
  expect(hasWork(line)).toBe(true)
  expect(sent(line)).toMatchObject({ values: ['next'], epoch: 1, sequence: 0 })
})

test('what was given up before it was sent costs no epoch', () => {
  const line = makeLine('t', 0)
  const given = waitIn(line, 'given up')
  batchOf(line, bounds)
  given.isSettled = true
  waitIn(line, 'next')
  expect(hasWork(line)).toBe(true)
  expect(sent(line)).toMatchObject({ values: ['next'], epoch: 0, sequence: 0 })
})

test('a refused batch is made anew before what waits, without what was given up', () => {
  const line = makeLine('t', 0)
  waitIn(line, 'a')
  const given = waitIn(line, 'b')
  batchOf(line, bounds)
  waitIn(line, 'c')
  given.isSettled = true
  renewEpoch(line)
  unpack(line)
  expect(sent(line)).toMatchObject({ values: ['a', 'c'], epoch: 1, sequence: 0 })
})

test('another producer id begins its numbers anew', () => {
  const line = makeLine('t', 0)
  waitIn(line, 'a')
  batchOf(line, bounds)
  finish(line)
  line.epoch = 32_768
  expect(isExhausted(line)).toBe(true)
  waitIn(line, 'b')
  expect(sent(line, { ...bounds, producerId: 8n })).toMatchObject({
    values: ['b'],
    producerId: 8n,
    epoch: 0,
    sequence: 0,
  })
})

test('has nothing to do when all that waited was given up', () => {
  const line = makeLine('t', 0)
  waitIn(line, 'a').isSettled = true
  expect(hasWork(line)).toBe(false)
  expect(line.waiting).toEqual([])
})
