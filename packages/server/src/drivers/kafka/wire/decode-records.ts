import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { compressionsAlgorithms } from '@platformatic/kafka'
import { int64At, type Place, readInt8, readVarint } from './bytes.ts'

/** A record as found in a partition. Without a value it is a tombstone; without a key either, perhaps a batch that nobody can decode. */
export interface RawRecord {
  readonly offset: number
  /** Milliseconds since the epoch, as its writer says or the broker's settings make it; -1 where nobody knows. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface DecodedRecords {
  readonly records: readonly RawRecord[]
  /** Behind the last whole batch; `from` where there was none. */
  readonly next: number
}

const batchHeaderBytes = 61
const controlBit = 0x20
/** The broker's time of arrival stands for that of every record. */
const appendTimeBit = 0x08
/** Of one batch when decompressed: what a broker takes is far smaller, and a bomb must not take the memory. */
const mostDecompressedBytes = 64 * 1024 * 1024

/**
 * The records from offset `from` on in the batches that a broker sent. Whoever may write to a topic may write anything:
 * markers of transactions are passed over, what cannot be decoded becomes one record without a value, and a batch cut
 * off at the end is left for the next fetch.
 */
export function decodeRecords(bytes: Buffer, from: number): DecodedRecords {
  const records: RawRecord[] = []
  let next = from
  let at = 0
  while (at + batchHeaderBytes <= bytes.length) {
    const end = at + 12 + bytes.readInt32BE(at + 8)
    if (end > bytes.length || end <= at) break
    const batch = bytes.subarray(at, end)
    const last = int64At(batch, 0) + lastOffsetDelta(batch)
    if (last >= from) {
      addBatch(batch, last, from, records)
      next = last + 1
    }
    at = end
  }
  return { records, next }
}

function lastOffsetDelta(batch: Buffer): number {
  return isCurrentFormat(batch) ? batch.readInt32BE(23) : 0
}

/** Older ones end where no broker of these days keeps them. */
function isCurrentFormat(batch: Buffer): boolean {
  return batch.readInt8(16) === 2
}

function addBatch(batch: Buffer, last: number, from: number, records: RawRecord[]): void {
  const before = records.length
  try {
    if (!isCurrentFormat(batch)) throw new RangeError('a batch of an old format')
    const attributes = batch.readInt16BE(21)
    if ((attributes & controlBit) !== 0) return
    const base = int64At(batch, 0)
    const isAppendTime = (attributes & appendTimeBit) !== 0
    const time = int64At(batch, isAppendTime ? 35 : 27)
    const count = batch.readInt32BE(57)
    const place = { bytes: decompressed(attributes & 7, batch.subarray(batchHeaderBytes)), at: 0 }
    for (let index = 0; index < count; index += 1) {
      const record = readRecord(place, base, time, isAppendTime)
      if (record.offset >= from) records.push(record)
    }
  } catch {
    records.length = before
    records.push({ offset: last, timestamp: -1, key: null, value: null })
  }
}

function readRecord(place: Place, base: number, time: number, isAppendTime: boolean): RawRecord {
  const length = readVarint(place)
  const end = place.at + length
  if (length < 0 || end > place.bytes.length) throw new RangeError('a record ends behind its batch')
  readInt8(place)
  const timeDelta = readVarint(place)
  const offset = base + readVarint(place)
  const key = readBytes(place, end)
  const value = readBytes(place, end)
  place.at = end
  return { offset, timestamp: isAppendTime ? time : time + timeDelta, key, value }
}

function readBytes(place: Place, end: number): Buffer | null {
  const size = readVarint(place)
  if (size < 0) return null
  if (place.at + size > end) throw new RangeError('a field ends behind its record')
  const bytes = place.bytes.subarray(place.at, place.at + size)
  place.at += size
  return bytes
}

/** By the codec's number in the attributes of a batch. */
function decompressed(codec: number, bytes: Buffer): Buffer {
  const bound = { maxOutputLength: mostDecompressedBytes }
  switch (codec) {
    case 0:
      return bytes
    case 1:
      return gunzipSync(bytes, bound)
    case 2:
      return compressionsAlgorithms.snappy.decompressSync(bytes)
    case 3:
      return compressionsAlgorithms.lz4.decompressSync(bytes)
    case 4:
      return zstdDecompressSync(bytes, bound)
    default:
      throw new RangeError('an unknown codec')
  }
}
