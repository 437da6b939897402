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
  writeUnsignedVarint,
} from './bytes.ts'

export interface PartitionBatch {
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
}

/** What became of one partition's batch: 0, or why it was not taken. */
export interface BatchOutcome {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly offset: number
}

const apiKey = 0
/** Of Kafka 2.4 and newer. */
const apiVersion = 9
const acksOfAllReplicas = -1

/** One produce request with `acks=all`. The broker itself gives up after `timeoutMs`. */
export function sendProduce(
  connection: Connection,
  o: { readonly batches: readonly PartitionBatch[]; readonly timeoutMs: number },
  done: (error: Error | null, outcomes?: BatchOutcome[]) => void,
): void {
  connection.send(
    apiKey,
    apiVersion,
    () => encode(o.batches, o.timeoutMs),
    (_id, _key, _version, reader) => parse({ bytes: reader.buffer.buffer, at: reader.position }),
    true,
    true,
    done,
  )
}

/** The batches are not copied here: they follow their lengths as buffers of their own. */
function encode(batches: readonly PartitionBatch[], timeoutMs: number): Writer {
  const head = Buffer.allocUnsafe(7 + unsignedVarintSize(batches.length + 1))
  head[0] = 0
  head.writeInt16BE(acksOfAllReplicas, 1)
  head.writeInt32BE(timeoutMs, 3)
  writeUnsignedVarint(head, batches.length + 1, 7)
  const writer = Writer.create().append(head)
  for (const { topic, partition, batch } of batches) {
    writer
      .append(topicHead(topic, partition, batch.length))
      .append(batch)
      .append(endOfTopic)
  }
  return writer.append(noTags)
}

/** Tagged fields (none) of the partition and of the topic. */
const endOfTopic = Buffer.from([0, 0])
const noTags = Buffer.from([0])

function topicHead(topic: string, partition: number, batchBytes: number): Buffer {
  const nameBytes = Buffer.byteLength(topic)
  const size = unsignedVarintSize(nameBytes + 1) + nameBytes + 1 + 4
  const bytes = Buffer.allocUnsafe(size + unsignedVarintSize(batchBytes + 1))
  let at = writeUnsignedVarint(bytes, nameBytes + 1, 0)
  at += bytes.write(topic, at)
  bytes[at] = 2
  at = bytes.writeInt32BE(partition, at + 1)
  writeUnsignedVarint(bytes, batchBytes + 1, at)
  return bytes
}

function parse(place: Place): BatchOutcome[] {
  const topics = readCompactArray(place, (at) => {
    const topic = readCompactBytes(at)?.toString() ?? ''
    const partitions = readCompactArray(at, readPartition)
    skipTaggedFields(at)
    return partitions.map((each) => ({ topic, ...each }))
  })
  return topics.flat()
}

function readPartition(place: Place): Omit<BatchOutcome, 'topic'> {
  const partition = readInt32(place)
  const errorCode = readInt16(place)
  const offset = readInt64(place)
  place.at += 16
  readCompactArray(place, (at) => {
    readInt32(at)
    readCompactBytes(at)
    skipTaggedFields(at)
  })
  readCompactBytes(place)
  skipTaggedFields(place)
  return { partition, errorCode, offset }
}
