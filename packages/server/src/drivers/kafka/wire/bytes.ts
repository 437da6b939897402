/**
 * Numbers as Kafka's protocol writes them, over plain buffers: batches and fetches pass through here byte by byte,
 * and a buffer read at a known place costs a fraction of one made of pieces.
 */

/** A place in a buffer that moves on with each read. Reading beyond the end throws a RangeError. */
export interface Place {
  readonly bytes: Buffer
  at: number
}

export function readInt8(place: Place): number {
  const value = place.bytes.readInt8(place.at)
  place.at += 1
  return value
}

export function readInt16(place: Place): number {
  const value = place.bytes.readInt16BE(place.at)
  place.at += 2
  return value
}

export function readInt32(place: Place): number {
  const value = place.bytes.readInt32BE(place.at)
  place.at += 4
  return value
}

/** As a number: offsets and times stay far below 2^53. */
export function readInt64(place: Place): number {
  const value = int64At(place.bytes, place.at)
  place.at += 8
  return value
}

export function int64At(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
}

export function writeInt64(bytes: Buffer, value: number, at: number): number {
  const high = Math.floor(value / 2 ** 32)
  bytes.writeInt32BE(high, at)
  return bytes.writeUInt32BE(value - high * 2 ** 32, at + 4)
}

/** Base 128, the low end first; at most five bytes. */
function readUnsignedVarint(place: Place): number {
  let value = 0
  for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
    const byte = place.bytes.readUInt8(place.at)
    place.at += 1
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
  throw new RangeError('a number goes on for more than five bytes')
}

/** The same with the sign in the lowest bit, up to ten bytes; exact below 2^53. */
export function readVarint(place: Place): number {
  let value = 0
  for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
    const byte = place.bytes.readUInt8(place.at)
    place.at += 1
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  throw new RangeError('a number goes on for more than ten bytes')
}

/** Answers the place behind it. */
export function writeUnsignedVarint(bytes: Buffer, value: number, at: number): number {
  let rest = value
  let end = at
  while (rest >= 0x80) {
    bytes[end] = (rest % 128) | 0x80
    end += 1
    rest = Math.floor(rest / 128)
  }
  bytes[end] = rest
  return end + 1
}

export function writeVarint(bytes: Buffer, value: number, at: number): number {
  return writeUnsignedVarint(bytes, zigzag(value), at)
}

export function unsignedVarintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size += 1
  return size
}

export function varintSize(value: number): number {
  return unsignedVarintSize(zigzag(value))
}

function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2
}

/** A length plus one, 0 for null, then the bytes. */
export function readCompactBytes(place: Place): Buffer | null {
  const length = readUnsignedVarint(place) - 1
  if (length < 0) return null
  if (place.at + length > place.bytes.length) throw new RangeError('a value ends behind its buffer')
  const value = place.bytes.subarray(place.at, place.at + length)
  place.at += length
  return value
}

/** Calls `readOne` for each element of a compact array. */
export function readCompactArray<T>(place: Place, readOne: (place: Place) => T): T[] {
  const count = readUnsignedVarint(place) - 1
  const found: T[] = []
  for (let index = 0; index < count; index += 1) found.push(readOne(place))
  return found
}

export function skipTaggedFields(place: Place): void {
  for (let left = readUnsignedVarint(place); left > 0; left -= 1) {
    readUnsignedVarint(place)
    const size = readUnsignedVarint(place)
    place.at += size
  }
}
