import { type QueueRecord, queueRecordSchema, type UserName } from '@secure-chat/protocol'
import type { Log } from '../../../ports/index.ts'
import type { RawRecord } from '../wire/decode-records.ts'

/** What a record of a topic says, if it says anything. */
export interface Records {
  /** Undefined for what is no message, whoever wrote it: counted, and told once for each topic. */
  parse(user: UserName, raw: RawRecord): QueueRecord | undefined
}

/** Of topics with garbage; past it they are told of again. */
const mostRemembered = 10_000

export function makeRecords(o: {
  readonly log: Log
  /** A record was skipped; the same one only once as long as it is remembered. */
  readonly onSkipped: (user: UserName) => void
}): Records {
  /** By user: the highest offset that was counted. */
  const skipped = new Map<UserName, number>()

  function skip(user: UserName, offset: number): void {
    const counted = skipped.get(user)
    if (counted !== undefined && offset <= counted) return
    if (counted === undefined) {
      if (skipped.size >= mostRemembered) skipped.clear()
      o.log.warn({ user, offset }, 'a mailbox holds what is no message; readers pass over it')
    }
    skipped.set(user, offset)
    o.onSkipped(user)
  }

  return {
    parse(user, { offset, value }) {
      const record = value === null ? undefined : recordIn(value)
      if (record === undefined) skip(user, offset)
      return record
    },
  }
}

function recordIn(value: Buffer): QueueRecord | undefined {
  try {
    const { data } = queueRecordSchema.safeParse(JSON.parse(value.toString()))
    if (data === undefined) return undefined
    const { meta, ...record } = data
    return meta === undefined ? record : { ...record, meta }
  } catch {
    return undefined
  }
}
