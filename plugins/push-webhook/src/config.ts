import { z } from '@secure-chat/plugin-sdk/server'
import { textSource } from './text-source.ts'

/** What the operator says; all but `url` and `secrets` may be left out. */
export const pushWebhookConfig = z.strictObject({
  /** Where notices are sent: https, or http on this machine. */
  url: textSource,
  /** `whsec_…`, the newest first; every notice is signed with each of them. */
  secrets: z.array(textSource).min(1).max(5),
  /** Of which records recipients are told. */
  types: z
    .array(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/))
    .min(1)
    .default(['CHAT_MESSAGE']),
  /** Who is told: users who are seen like this. */
  states: z
    .array(z.enum(['online', 'away', 'busy', 'offline']))
    .min(1)
    .default(['offline']),
  /** At most one notice for each user within it; 0: one for each message. */
  quietSeconds: z.number().min(0).max(86_400).default(60),
  /** Who wrote the newest message. */
  sender: z.boolean().default(true),
  /** Messages up to this size are sent along, encrypted as they are; 0: none. */
  ciphertextMaxBytes: z.int().min(0).max(16_384).default(0),
  /** So many notices wait; what comes beyond is dropped, counted and logged. */
  maxWaiting: z.int().min(1).max(10_000).default(1000),
  /** So many requests at once. */
  concurrency: z.int().min(1).max(64).default(4),
  /** Of one request. */
  timeoutSeconds: z.number().min(1).max(60).default(15),
  /** A notice is given up after so many requests … */
  tries: z.int().min(1).max(50).default(12),
  /** … or when it is so old. */
  giveUpHours: z.number().min(0.01).max(168).default(24),
})

export type PushWebhookConfig = z.infer<typeof pushWebhookConfig>
