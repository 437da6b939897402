import { crc32c } from '@platformatic/kafka'
import { unsignedVarintSize, varintSize, writeInt64, writeVarint } from './bytes.ts'

/** What is to become one record of a batch. */
export interface NewRecord {
  /** Left out: a record without key. */
  readonly key?: string
  /** Null: a tombstone of its key. */
  readonly value: string | null
  /** UTF-8 bytes of `value`, counted by who made it; 0 for null. */
  readonly valueBytes: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** Who writes a batch, so that the broker knows a repeat of it. */
export interface BatchIdentity {
  readonly producerId: bigint
  readonly epoch: number
  /** Of the first record; the others follow. */
  readonly sequence: number
}

/** Bytes of a batch before its first record. */
export const batchHeaderBytes = 61
/** What a record takes beside its value, at most and without a key. */
export const recordOverheadBytes = 32

const crcAt = 17
const attributesAt = 21

/** One record batch of magic 2, uncompressed: messages are sealed, so there is nothing to compress. */
export function encodeBatch(records: readonly NewRecord[], identity: BatchIdentity): Buffer {
  const first = records[0]
  if (first === undefined) throw new RangeError('a batch holds at least one record')
  const baseTime = first.timestamp
  const sizes = records.map((record, index) => bodySize(record, record.timestamp - baseTime, index))
  let total = batchHeaderBytes
  for (const size of sizes) total += unsignedVarintSize(size * 2) + size
  const bytes = Buffer.allocUnsafe(total)
  let at = batchHeaderBytes
  let maxTime = baseTime
  for (const [index, record] of records.entries()) {
    maxTime = Math.max(maxTime, record.timestamp)
    at = writeVarint(bytes, sizes[index] ?? 0, at)
    at = writeBody(bytes, record, record.timestamp - baseTime, index, at)
  }
  writeInt64(bytes, 0, 0)
  bytes.writeInt32BE(total - 12, 8)
  bytes.writeInt32BE(-1, 12)
  bytes.writeInt8(2, 16)
  bytes.writeInt16BE(0, attributesAt)
  bytes.writeInt32BE(records.length - 1, 23)
  writeInt64(bytes, baseTime, 27)
  writeInt64(bytes, maxTime, 35)
  bytes.writeBigInt64BE(identity.producerId, 43)
  bytes.writeInt16BE(identity.epoch, 51)
  bytes.writeInt32BE(identity.sequence, 53)
  bytes.writeInt32BE(records.length, 57)
  bytes.writeUInt32BE(crc32c(bytes.subarray(attributesAt)), crcAt)
  return bytes
}

/** Attributes, time, place, key, value and the number of headers (none). */
function bodySize(record: NewRecord, timeDelta: number, index: number): number {
  const key = record.key === undefined ? 1 : lengthed(Buffer.byteLength(record.key))
  const value = record.value === null ? 1 : lengthed(record.valueBytes)
  return 1 + varintSize(timeDelta) + varintSize(index) + key + value + 1
}

function lengthed(bytes: number): number {
  return varintSize(bytes) + bytes
}

function writeBody(
  bytes: Buffer,
  record: NewRecord,
  timeDelta: number,
  index: number,
  start: number,
): number {
  bytes[start] = 0
  let at = writeVarint(bytes, timeDelta, start + 1)
  at = writeVarint(bytes, index, at)
  if (record.key === undefined) {
    at = writeVarint(bytes, -1, at)
  } else {
    at = writeVarint(bytes, Buffer.byteLength(record.key), at)
    at += bytes.write(record.key, at)
  }
  if (record.value === null) {
    at = writeVarint(bytes, -1, at)
  } else {
    at = writeVarint(bytes, record.valueBytes, at)
    at += bytes.write(record.value, at)
  }
  bytes[at] = 0
  return at + 1
}
