import {
  type QueueItem,
  type QueueRecord,
  queueRecordSchema,
  type ServerContext,
  type UserName,
} from '@secure-chat/plugin-sdk/server'
import type { TopicInfo } from '../topics/metadata.ts'
import { formatCursor } from './cursor.ts'

/** One record of a topic, as kafkajs decodes it. */
export interface RawRecord {
  readonly offset: number
  /** Null: it has none. */
  readonly value: Buffer | null
}

/** Undefined for what is no message, whoever wrote it: told once for each mailbox. */
export type ReadItem = (user: UserName, topic: TopicInfo, raw: RawRecord) => QueueItem | undefined

/** Of mailboxes with garbage; past it they are told of again. */
const mostRemembered = 10_000

export function makeReadItem(log: ServerContext['log'], onSkipped: () => void): ReadItem {
  /** By user: the highest offset that was counted. */
  const skipped = new Map<UserName, number>()
  return (user, topic, { offset, value }) => {
    const record = value === null ? undefined : recordIn(value)
    if (record !== undefined) return { cursor: formatCursor(topic.id, offset + 1), record }
    const counted = skipped.get(user)
    if (counted !== undefined && offset <= counted) return undefined
    if (counted === undefined) {
      if (skipped.size >= mostRemembered) skipped.clear()
      log.warn({ user, offset }, 'a mailbox holds what is no message; readers pass over it')
    }
    skipped.set(user, offset)
    onSkipped()
    return undefined
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
