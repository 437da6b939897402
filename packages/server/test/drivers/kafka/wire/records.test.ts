/** What this driver writes, the client's own decoder reads, and the other way round. */
import { createRecordsBatch, Reader, readRecordsBatches } from '@platformatic/kafka'
import fc from 'fast-check'
import { readVarint, writeVarint } from '../../../../src/drivers/kafka/wire/bytes.ts'
import { decodeRecords } from '../../../../src/drivers/kafka/wire/decode-records.ts'
import { encodeBatch } from '../../../../src/drivers/kafka/wire/record-batch.ts'
import { runs } from '../../queue-rules/kit.ts'

const time = fc.integer({ min: 0, max: 4_102_444_800_000 })
const text = fc.string({ unit: 'binary', maxLength: 300 }).map((raw) => raw.toWellFormed())
const newRecords = fc.array(
  fc
    .record({ value: text, timestamp: time, key: fc.option(text, { nil: undefined }) })
    .map(({ key, ...rest }) => ({
      ...rest,
      valueBytes: Buffer.byteLength(rest.value),
      ...(key !== undefined && { key }),
    })),
  { minLength: 1, maxLength: 40 },
)

test('numbers keep their value and their sign', () => {
  const bytes = Buffer.alloc(16)
  fc.assert(
    fc.property(fc.maxSafeInteger(), (half) => {
      const value = Math.trunc(half / 2) || 0
      const end = writeVarint(bytes, value, 0)
      const place = { bytes, at: 0 }
      expect([readVarint(place), place.at]).toEqual([value, end])
    }),
    runs(1000),
  )
})

test('a batch holds keys, values, times and who wrote it, as the client reads them', () => {
  fc.assert(
    fc.property(newRecords, fc.nat(30_000), fc.nat(2 ** 31 - 1), (records, epoch, sequence) => {
      const bytes = encodeBatch(records, { producerId: 4711n, epoch, sequence })
      const [batch, ...more] = readRecordsBatches(Reader.from(bytes))
      if (batch === undefined) throw new Error('A batch was expected.')
      expect(more).toEqual([])
      expect(batch).toMatchObject({
        magic: 2,
        producerId: 4711n,
        producerEpoch: epoch,
        firstSequence: sequence,
        lastOffsetDelta: records.length - 1,
      })
      const found = batch.records.map(({ key, value, timestampDelta }) => ({
        value: value?.toString(),
        timestamp: Number(batch.firstTimestamp + timestampDelta),
        key: key?.toString(),
      }))
      expect(found).toEqual(records.map(({ value, timestamp, key }) => ({ value, timestamp, key })))
      expect(Number(batch.maxTimestamp)).toBe(Math.max(...records.map((each) => each.timestamp)))
    }),
    runs(200),
  )
})

/** Batches as a broker sends them: with the offsets it gave. */
function batchesOf(
  groups: ReadonlyArray<readonly string[]>,
  compression: 'none' | 'gzip' | 'zstd',
) {
  let base = 0
  const bytes = groups.map((values) => {
    const messages = values.map((value) => ({ topic: 't', value: Buffer.from(value) }))
    const batch = Buffer.from(createRecordsBatch(messages, { compression }).buffer)
    batch.writeBigInt64BE(BigInt(base), 0)
    base += values.length
    return batch
  })
  return Buffer.concat(bytes)
}

const groups = fc.array(fc.array(fc.string({ maxLength: 50 }), { minLength: 1, maxLength: 8 }), {
  maxLength: 6,
})

test.each(['none', 'gzip', 'zstd'] as const)(
  'reads from any offset what others wrote: %s',
  (compression) => {
    fc.assert(
      fc.property(groups, fc.nat(50), (written, from) => {
        const all = written.flat()
        const found = decodeRecords(batchesOf(written, compression), from)
        expect(found.records.map(({ value }) => value?.toString())).toEqual(all.slice(from))
        expect(found.records.map(({ offset }) => offset)).toEqual(
          all.map((_, offset) => offset).slice(from),
        )
        expect(found.next).toBe(Math.max(from, all.length))
      }),
      runs(100),
    )
  },
)

test('leaves a batch that was cut off for the next fetch', () => {
  const whole = batchesOf(
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
    'none',
  )
  for (let length = 0; length < whole.length; length += 1) {
    const { records, next } = decodeRecords(whole.subarray(0, length), 0)
    expect(next).toBe(records.length)
    expect([0, 2]).toContain(records.length)
  }
})

test('whatever a batch holds, reading ends behind it', () => {
  const whole = batchesOf([['a', 'b', 'c']], 'gzip')
  fc.assert(
    fc.property(fc.integer({ min: 21, max: whole.length - 1 }), fc.nat(255), (at, byte) => {
      const spoilt = Buffer.from(whole)
      spoilt[at] = byte
      // The number of records that it says it has decides where the next one begins.
      whole.copy(spoilt, 23, 23, 27)
      expect(decodeRecords(spoilt, 0).next).toBe(3)
    }),
    runs(500),
  )
})

test('a bomb of zeros becomes one record without a value', () => {
  const bomb = batchesOf([['0'.repeat(70 * 1024 * 1024)]], 'zstd')
  expect(bomb.length).toBeLessThan(1024 * 1024)
  expect(decodeRecords(bomb, 0)).toMatchObject({
    records: [{ offset: 0, value: null }],
    next: 1,
  })
})
