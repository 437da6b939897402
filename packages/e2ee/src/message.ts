import { createHash } from 'node:crypto'
import { toBase64Url } from '@secure-chat/protocol'
import * as z from 'zod'
import { type CompactJwe, readCompactJwe } from './compact-jwe.ts'
import { base64UrlOf } from './encoding.ts'
import { hasExactly, isObject, parseStrictJsonBytes } from './strict-json.ts'

const paddingBytes = 256
/** Of the padded plaintext. */
export const plaintextMaxBytes = 128 * 1024
/** What the server takes; a plaintext of the greatest length needs 171 KiB. */
const messageMaxLength = 192 * 1024
/** Far above what a chain may carry (100 messages); keeps arithmetic on n exact. */
const nMax = 2 ** 32 - 1

/** What a message says, once opened. Times in ms since the epoch. */
export type MessageBody = {
  readonly v: 1
  /** The record's id. */
  readonly id: string
  readonly from: string
  readonly to: string
  readonly at: number
  /** 'text', 'receipt', 'resend', 'x-…'; any other is kept and shown as unknown. */
  readonly kind: string
  readonly body: unknown
  /** SHA-256 of the compact JWE before this one under the same kid, null for the first. */
  readonly prev_hash: string | null
  /** Numbers of this kid that were sealed but that the server refused for good. */
  readonly void?: readonly number[] | undefined
  /** The id under which it was sent before, when the receiver could not read it then. */
  readonly re_sent?: string | undefined
}

/** Some languages write null for what is not there. */
const present = <T>(value: T | null | undefined): T | undefined => value ?? undefined

/** Members that this version does not know are ignored: what is new can be added without shutting out who speaks version 1. */
export const messageBodySchema = z.object({
  v: z.literal(1),
  id: z.string().min(1).max(64),
  from: z.string(),
  to: z.string(),
  at: z.int().min(0),
  kind: z.string().regex(/^[a-z][a-z0-9._-]{0,63}$/),
  body: z.unknown().refine((body) => body !== undefined),
  prev_hash: base64UrlOf(32).nullable(),
  void: z.array(z.int().min(0).max(nMax)).max(1000).nullish().transform(present),
  re_sent: z.string().min(1).max(64).nullish().transform(present),
})

/** The protected header of message `n` under `kid`. */
export const messageHeader = (kid: string, n: number) => ({
  alg: 'dir',
  enc: 'A256GCM',
  typ: 'secure-chat-message',
  kid,
  n,
})

/** JSON, then spaces up to a multiple of 256 bytes, so that length tells little. Undefined when that is over the limit. */
export function encodeBody(body: MessageBody): Buffer | undefined {
  const json = Buffer.from(JSON.stringify(body))
  const padded = Buffer.alloc(Math.ceil(json.length / paddingBytes) * paddingBytes, ' ')
  json.copy(padded)
  return padded.length > plaintextMaxBytes ? undefined : padded
}

export function decodeBody(plaintext: Uint8Array): MessageBody | undefined {
  const { length } = plaintext
  if (length === 0 || length % paddingBytes !== 0 || length > plaintextMaxBytes) return undefined
  const parsed = messageBodySchema.safeParse(parseStrictJsonBytes(plaintext))
  return parsed.success ? parsed.data : undefined
}

/** A message envelope whose shape and header are exactly right; nothing in it is proved yet. */
export type MessageEnvelope = { readonly kid: string; readonly n: number; readonly jwe: CompactJwe }

export function readEnvelope(message: string): MessageEnvelope | undefined {
  if (message.length > messageMaxLength) return undefined
  const jwe = readCompactJwe(message)
  if (!jwe || !isObject(jwe.header)) return undefined
  const { kid, n } = jwe.header
  if (typeof kid !== 'string' || typeof n !== 'number') return undefined
  if (!Number.isInteger(n) || n < 0 || n > nMax || !base64UrlOf(16).safeParse(kid).success) {
    return undefined
  }
  return hasExactly(jwe.header, messageHeader(kid, n)) ? { kid, n, jwe } : undefined
}

/** Which key a message needs: its kid and number as the header claims them. Undefined when it is no message of version 1. */
export function readMessageHeader(message: string): { kid: string; n: number } | undefined {
  const envelope = readEnvelope(message)
  return envelope && { kid: envelope.kid, n: envelope.n }
}

/** SHA-256 of the compact JWE, base64url: what the next message's `prev_hash` carries. */
export function hashMessage(message: string): string {
  return toBase64Url(createHash('sha256').update(message).digest())
}
