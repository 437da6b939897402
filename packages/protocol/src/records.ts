import * as z from 'zod'
import { fingerprintField, timeText, userNameText } from './fields.ts'

/**
 * One message of a mailbox, as the queue keeps it and the API gives it: the documented names, so that any
 * Kafka client can read it. Types: `CHAT_MESSAGE`, `KEY_EXCHANGE`, `SYSTEM`, and `x-…` of plugins.
 */
export const queueRecordSchema = z
  .object({
    id: z.string().min(1).max(64),
    type: z.string().min(1).max(64),
    sender: z.string().min(1).max(64),
    message: z.string(),
    timestamp: timeText,
    meta: z.record(z.string(), z.string()).optional(),
  })
  .meta({
    examples: [
      {
        id: '15d607b9-5398-4671-a472-9682d7c903dc',
        type: 'CHAT_MESSAGE',
        sender: 'alice',
        message: 'eyJhbGciOiJkaXIi…',
        timestamp: '2026-11-23T18:00:00.000Z',
      },
    ],
  })

/** One record of a mailbox, as it crosses the wire and as it is stored; `timestamp` is ISO-8601. */
export type QueueRecord = {
  readonly id: string
  readonly type: string
  readonly sender: string
  readonly message: string
  readonly timestamp: string
  /** What plugins of the server added. */
  readonly meta?: Readonly<Record<string, string>>
}

/** What `message` of a `SYSTEM` record holds as JSON. Hints of the server, never proof of anything. */
export const systemEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('session.opened'),
    session_id: z.string().regex(/^[0-9a-f]{16}$/),
    at: timeText,
  }),
  z.object({
    event: z.literal('key.changed'),
    name: userNameText,
    old_key: fingerprintField,
    new_key: fingerprintField,
    seq: z.int().nonnegative(),
  }),
  z.object({ event: z.literal('account.recovered') }),
  z.object({ event: z.literal('account.removed'), name: userNameText }),
])

/** What a `SYSTEM` record tells: a hint, never proof. */
export type SystemEvent = z.output<typeof systemEventSchema>

/** Undefined for an event that this version does not know, or a message that is none. */
export function parseSystemEvent(message: string): SystemEvent | undefined {
  try {
    return systemEventSchema.safeParse(JSON.parse(message)).data
  } catch {
    return undefined
  }
}
