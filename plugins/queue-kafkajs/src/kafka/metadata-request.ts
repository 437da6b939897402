import type { RawCall } from './cluster.ts'

/**
 * Metadata in version 10 (Kafka 2.8), the first that tells the ids of topics; kafkajs ends at 6. Only an id tells a
 * topic from one that was made anew under its name, and cursors carry it.
 */
export interface TopicFound {
  /** 0, or what is wrong with it. */
  readonly errorCode: number
  readonly name: string
  /** 32 hex digits. */
  readonly id: string
  /** Number of the broker that leads partition 0; -1 while none does. */
  readonly leader: number
  readonly partitions: number
}

export const errorCodes = { none: 0, unknownTopic: 3, leaderNotAvailable: 5 } as const

/** KIP-482: no tagged fields. */
const noTags = Buffer.from([0])
const isFalse = Buffer.from([0])

export function metadataCall(names: readonly string[]): RawCall<readonly TopicFound[]> {
  return {
    request: {
      apiKey: 3,
      apiVersion: 10,
      apiName: 'Metadata',
      // kafkajs writes the header of version 1; that of version 2 ends with tagged fields.
      async encode() {
        const buffer = Buffer.concat([noTags, bodyOf(names)])
        return { buf: buffer, buffer }
      },
    },
    response: { decode: async (answer) => topicsIn(answer), parse: async (found) => found },
  }
}

function bodyOf(names: readonly string[]): Buffer {
  const anyId = Buffer.alloc(16)
  const topics = names.flatMap((name) => {
    const text = Buffer.from(name)
    return [anyId, unsignedVarint(text.length + 1), text, noTags]
  })
  // No making of topics on the way, no rights of the cluster, none of the topics.
  const flags = [isFalse, isFalse, isFalse]
  return Buffer.concat([unsignedVarint(names.length + 1), ...topics, ...flags, noTags])
}

function topicsIn(answer: Buffer): readonly TopicFound[] {
  const r = makeReader(answer)
  r.tags()
  r.skip(4) // throttle_time_ms
  r.array(() => {
    r.skip(4) // node_id
    r.text()
    r.skip(4) // port
    r.text() // rack
    r.tags()
  })
  r.text() // cluster_id
  r.skip(4) // controller_id
  return r.array(() => {
    const errorCode = r.int16()
    const name = r.text() ?? ''
    const id = r.bytes(16).toString('hex')
    r.skip(1) // is_internal
    const partitions = r.array(() => partitionIn(r))
    r.skip(4) // topic_authorized_operations
    r.tags()
    const leader = partitions.find(({ index }) => index === 0)?.leader ?? -1
    return { errorCode, name, id, leader, partitions: partitions.length }
  })
}

function partitionIn(r: Reader): { readonly index: number; readonly leader: number } {
  r.skip(2) // error_code; while it has no leader, that is -1
  const index = r.int32()
  const leader = r.int32()
  r.skip(4) // leader_epoch
  for (const _replicas of ['all', 'in sync', 'offline']) r.array(() => r.skip(4))
  r.tags()
  return { index, leader }
}

type Reader = ReturnType<typeof makeReader>

function makeReader(buffer: Buffer) {
  let at = 0
  function bytes(length: number): Buffer {
    const end = at + length
    if (length < 0 || end > buffer.length) throw new RangeError('an answer about topics is cut off')
    const part = buffer.subarray(at, end)
    at = end
    return part
  }
  function varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes(1)[0] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
      if (shift > 28) throw new RangeError('an answer about topics has no such number')
    }
  }
  return {
    bytes,
    skip: (length: number) => void bytes(length),
    int16: () => bytes(2).readInt16BE(),
    int32: () => bytes(4).readInt32BE(),
    /** Undefined: null. */
    text() {
      const length = varint()
      return length === 0 ? undefined : bytes(length - 1).toString()
    },
    array<T>(each: () => T): T[] {
      const length = varint() - 1
      const found: T[] = []
      for (let count = 0; count < length; count += 1) found.push(each())
      return found
    },
    tags() {
      for (let left = varint(); left > 0; left -= 1) {
        varint()
        bytes(varint())
      }
    },
  }
}

function unsignedVarint(value: number): Buffer {
  const found: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) found.push((rest % 128) | 0x80)
  return Buffer.from([...found, rest])
}
