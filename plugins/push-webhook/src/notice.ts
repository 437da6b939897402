import { type Envelope, z } from '@secure-chat/plugin-sdk/server'
import type { PushWebhookConfig } from './config.ts'

/** What a notice tells of a message. */
const message = z.object({
  id: z.string(),
  type: z.string(),
  timestamp: z.string(),
  sender: z.string().optional(),
  ciphertext: z.string().optional(),
})

export type NoticeMessage = z.infer<typeof message>

/** One notice that waits, as it is stored. */
export const noticeSchema = z.object({
  /** The `webhook-id`: the same for every try, on every node. */
  id: z.string().regex(/^msg_[0-9a-f-]+$/),
  recipient: z.string(),
  /** Since the last notice, as far as this node knows. */
  messages: z.int().min(1),
  newest: message,
  acceptedAt: z.number(),
  dueAt: z.number(),
  /** Requests that failed so far. */
  tries: z.int().min(0),
})

export type Notice = z.infer<typeof noticeSchema>

/** Of an envelope what the operator lets out. */
export function messageOf(
  { id, type, timestamp, sender, message: ciphertext }: Envelope,
  config: Pick<PushWebhookConfig, 'sender' | 'ciphertextMaxBytes'>,
): NoticeMessage {
  const isSmall = Buffer.byteLength(ciphertext) <= config.ciphertextMaxBytes
  return {
    id,
    type,
    timestamp,
    ...(config.sender && { sender }),
    ...(isSmall && { ciphertext }),
  }
}

/** The body: the members that Standard Webhooks recommends ("Payload structure"). */
export function bodyOf({ recipient, messages, newest }: Notice, state: string): string {
  return JSON.stringify({
    type: 'messages.waiting',
    timestamp: newest.timestamp,
    data: { recipient, state, messages, newest },
  })
}
