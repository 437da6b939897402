import { type Connection, Writer } from '@platformatic/kafka'
import {
  type Place,
  readCompactArray,
  readCompactBytes,
  readInt16,
  readInt32,
  readInt64,
  skipTaggedFields,
  unsignedVarintSize,
  writeInt64,
  writeUnsignedVarint,
} from './bytes.ts'

/** Where to read one partition. */
export interface FetchPosition {
  /** 32 hex digits. */
  readonly topicId: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
}

export interface FetchRequest {
  /** How long the broker may wait for something to come. */
  readonly maxWaitMs: number
  readonly maxBytes: number
  /** 0 and `sessionEpoch` -1: no session. 0 and 0: a new one. */
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly positions: readonly FetchPosition[]
  readonly forgotten: ReadonlyArray<{ readonly topicId: string; readonly partition: number }>
}

export interface FetchedPartition {
  readonly topicId: string
  readonly partition: number
  readonly errorCode: number
  /** Behind the last record that every replica in sync has; -1 with an error. */
  readonly highWatermark: number
  readonly logStart: number
  /** Record batches as they came, not decoded: one partition's garbage must not spoil the others. */
  readonly batches: Buffer
}

export interface FetchAnswer {
  readonly errorCode: number
  readonly sessionId: number
  readonly partitions: readonly FetchedPartition[]
}

const apiKey = 1
/** The first one that names topics by id, of Kafka 3.1: a topic made again under the same name is another one. */
const apiVersion = 13
/** Uncommitted: an open transaction of somebody else must not hold up a mailbox. */
const isolationLevel = 0
const noBytes = Buffer.alloc(0)

/** One fetch. The answer's batches refer to the bytes of the answer. */
export function sendFetch(
  connection: Connection,
  request: FetchRequest,
  done: (error: Error | null, answer?: FetchAnswer) => void,
): void {
  connection.send(
    apiKey,
    apiVersion,
    () => Writer.create().append(encode(request)),
    (_id, _key, _version, reader) => parse({ bytes: reader.buffer.buffer, at: reader.position }),
    true,
    true,
    done,
  )
}

const headBytes = 29
const positionBytes = 16 + 1 + 4 + 4 + 8 + 4 + 8 + 4 + 2
const forgottenBytes = 16 + 1 + 4 + 1

function encode(o: FetchRequest): Buffer {
  const bytes = Buffer.allocUnsafe(
    headBytes +
      unsignedVarintSize(o.positions.length + 1) +
      o.positions.length * positionBytes +
      unsignedVarintSize(o.forgotten.length + 1) +
      o.forgotten.length * forgottenBytes +
      2,
  )
  let at = bytes.writeInt32BE(-1, 0)
  at = bytes.writeInt32BE(o.maxWaitMs, at)
  at = bytes.writeInt32BE(o.maxWaitMs === 0 ? 0 : 1, at)
  at = bytes.writeInt32BE(o.maxBytes, at)
  at = bytes.writeInt8(isolationLevel, at)
  at = bytes.writeInt32BE(o.sessionId, at)
  at = bytes.writeInt32BE(o.sessionEpoch, at)
  at = writeUnsignedVarint(bytes, o.positions.length + 1, at)
  for (const position of o.positions) at = writePosition(bytes, position, at)
  at = writeUnsignedVarint(bytes, o.forgotten.length + 1, at)
  for (const { topicId, partition } of o.forgotten) {
    at += bytes.write(topicId, at, 'hex')
    bytes[at] = 2
    at = bytes.writeInt32BE(partition, at + 1)
    bytes[at] = 0
    at += 1
  }
  // An empty rack and no tagged fields.
  bytes[at] = 1
  bytes[at + 1] = 0
  return bytes.subarray(0, at + 2)
}

function writePosition(bytes: Buffer, position: FetchPosition, start: number): number {
  let at = start + bytes.write(position.topicId, start, 'hex')
  bytes[at] = 2
  at = bytes.writeInt32BE(position.partition, at + 1)
  at = bytes.writeInt32BE(-1, at)
  at = writeInt64(bytes, position.offset, at)
  at = bytes.writeInt32BE(-1, at)
  at = writeInt64(bytes, -1, at)
  at = bytes.writeInt32BE(position.maxBytes, at)
  bytes[at] = 0
  bytes[at + 1] = 0
  return at + 2
}

function parse(place: Place): FetchAnswer {
  place.at += 4
  const errorCode = readInt16(place)
  const sessionId = readInt32(place)
  const topics = readCompactArray(place, (at) => {
    const topicId = at.bytes.toString('hex', at.at, at.at + 16)
    at.at += 16
    const partitions = readCompactArray(at, (one) => readPartition(one, topicId))
    skipTaggedFields(at)
    return partitions
  })
  return { errorCode, sessionId, partitions: topics.flat() }
}

function readPartition(place: Place, topicId: string): FetchedPartition {
  const partition = readInt32(place)
  const errorCode = readInt16(place)
  const highWatermark = readInt64(place)
  readInt64(place)
  const logStart = readInt64(place)
  // Aborted transactions, with their tagged fields.
  readCompactArray(place, (at) => {
    at.at += 16
    skipTaggedFields(at)
  })
  readInt32(place)
  const batches = readCompactBytes(place) ?? noBytes
  skipTaggedFields(place)
  return { topicId, partition, errorCode, highWatermark, logStart, batches }
}
