import * as z from 'zod'
import { cursorField, presenceStateField, timeText, userNameText } from './fields.ts'
import { queueRecordSchema } from './records.ts'

/** A user's presence, as lists and streams show it. */
export const presenceSchema = z.object({
  name: userNameText,
  state: presenceStateField,
  text: z.string().nullable(),
  last_seen: timeText.nullable(),
})

/** What `GET /chat/stream` sends: `event`, `id` (where there is one) and `data`, parsed. */
export const streamEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('ready'),
    id: cursorField,
    data: z.object({ now: timeText }),
  }),
  z.object({ event: z.literal('message'), id: cursorField, data: queueRecordSchema }),
  z.object({ event: z.literal('presence'), data: presenceSchema }),
  z.object({ event: z.literal('resync'), data: z.object({ resume: cursorField }) }),
  z.object({ event: z.literal('end'), data: z.object({ code: z.string().max(64) }) }),
])

/** One event of the stream, its data parsed. */
export type StreamEvent = z.output<typeof streamEventSchema>
