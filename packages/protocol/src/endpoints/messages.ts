import * as z from 'zod'
import { readExchangeHeader } from '../exchange-header.ts'
import {
  cursorField,
  fingerprintField,
  messageField,
  messageIdField,
  queryInteger,
  timeText,
} from '../fields.ts'
import { limits } from '../limits.ts'
import { queueRecordSchema } from '../records.ts'
import { streamEventSchema } from '../stream-events.ts'
import { endpoint } from './endpoint.ts'
import { usernameParams } from './shapes.ts'

const stored = z.object({
  status: z.literal('OK'),
  id: z.string().min(1).max(64),
  timestamp: timeText,
})

const storedExample = {
  status: 'OK',
  id: '15d607b9-5398-4671-a472-9682d7c903dc',
  timestamp: '2026-11-23T18:00:00.000Z',
}

export const keyExchange = endpoint({
  name: 'keyExchange',
  method: 'POST',
  path: '/chat/:username/keyexchange',
  access: 'proof',
  topic: 'messages',
  params: usernameParams,
  body: z.object({
    encrypted_key: z
      .string()
      .refine((text) => readExchangeHeader(text) !== undefined, {
        error: `must be a compact JWE of at most ${limits.encryptedKeyMaxBytes} bytes (RSA-OAEP-256, A256GCM, cty JWS, kid)`,
      })
      .meta({ description: 'Compact JWE', maxLength: limits.encryptedKeyMaxBytes }),
    id: messageIdField.optional(),
  }),
  response: stored,
  status: 200,
  errors: [
    'no_such_user',
    'name_reserved',
    'not_accepted',
    'key_changed',
    'id_reused',
    'rejected_by_plugin',
    'plugin_failed',
    'queue_unavailable',
  ],
  summary: 'Pass a key to a user',
  description:
    'Stored in the mailbox of the user as a `KEY_EXCHANGE`. Its `kid` must be the fingerprint of the present key of the user: an earlier one of theirs is answered 409 `key_changed`.',
  examples: { response: storedExample },
})

export const sendMessage = endpoint({
  name: 'sendMessage',
  method: 'POST',
  path: '/chat/:username',
  access: 'proof',
  topic: 'messages',
  params: usernameParams,
  body: z.object({
    message: messageField,
    id: messageIdField.optional(),
    to_key: fingerprintField.optional(),
  }),
  response: stored,
  status: 200,
  errors: [
    'no_such_user',
    'name_reserved',
    'not_accepted',
    'key_changed',
    'id_reused',
    'rejected_by_plugin',
    'plugin_failed',
    'queue_unavailable',
  ],
  summary: 'Send a message',
  description:
    'Answers only after the queue has it durably. The same `id` with the same body again (a retry after a lost answer) answers as the first time and stores nothing. With `to_key`, 409 `key_changed` unless it is the present fingerprint of the user.',
  examples: {
    body: { message: 'eyJhbGciOiJkaXIi…', id: '15d607b9-5398-4671-a472-9682d7c903dc' },
    response: storedExample,
  },
})

export const readMessages = endpoint({
  name: 'readMessages',
  method: 'GET',
  path: '/chat/messages',
  access: 'proof',
  topic: 'messages',
  query: z.object({
    after: cursorField.optional(),
    limit: queryInteger({ min: 1, max: limits.messagesPageMax, fallback: limits.messagesPage }),
    wait: queryInteger({ min: 0, max: limits.waitMaxS, fallback: 0, description: 'Seconds' }),
  }),
  response: z.object({
    messages: z.array(queueRecordSchema),
    next: cursorField.meta({ description: 'The cursor behind the last record seen' }),
    more: z.boolean().meta({ description: 'Another page waits now' }),
  }),
  status: 200,
  errors: ['bad_cursor', 'cursor_expired', 'queue_unavailable'],
  summary: 'Read your mailbox',
  description:
    'Without a query from the earliest message on. Reading consumes nothing: every device and a second read get the same messages. With `wait`, an empty page is answered only after that many seconds without a message.',
  examples: {
    response: {
      messages: [
        {
          id: '15d607b9-5398-4671-a472-9682d7c903dc',
          type: 'CHAT_MESSAGE',
          sender: 'bob',
          message: 'eyJhbGciOiJkaXIi…',
          timestamp: '2026-11-23T18:00:00.000Z',
        },
      ],
      next: 'AAAAAAAAACo',
      more: false,
    },
  },
})

export const stream = endpoint({
  name: 'stream',
  method: 'GET',
  path: '/chat/stream',
  access: 'proof',
  topic: 'messages',
  query: z.object({ after: cursorField.optional() }),
  response: streamEventSchema,
  produces: 'text/event-stream',
  status: 200,
  errors: ['bad_cursor', 'cursor_expired', 'queue_unavailable'],
  summary: 'Receive messages as they come',
  description:
    'Server-sent events. The first is `ready` with the cursor to resume from; then `message`, `presence`, `resync`, `end`. The header `Last-Event-ID` wins over `after`; with neither, from now on. A comment every 15 seconds.',
})
