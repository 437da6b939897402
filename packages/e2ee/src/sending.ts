import { randomBytes } from 'node:crypto'
import { ChatError, fromBase64Url, toBase64Url } from '@secure-chat/protocol'
import { type KeyMaterial, messageKeyOf, nextChainKey } from './chain.ts'
import { sealDirectJwe } from './compact-jwe.ts'
import {
  encodeBody,
  hashMessage,
  type MessageBody,
  messageBodySchema,
  messageHeader,
  plaintextMaxBytes,
} from './message.ts'
import type { RandomBytes } from './random.ts'

/** State of a chain this installation made. Plain and serialisable; secret. */
export type SendingChain = KeyMaterial & {
  readonly v: 1
  /** The number the next message takes. */
  readonly n: number
  /** chainₙ, base64url. */
  readonly chainKey: string
  /** SHA-256 of message n − 1, base64url; null before the first. */
  readonly prevHash: string | null
  /** ms since the epoch. */
  readonly createdAt: number
}

const messagesPerChain = 100
const chainLifetimeMs = 24 * 60 * 60 * 1000

/** Is it time for a new exchange: 100 messages sent, or 24 hours since it was made? `now` in ms. */
export function isWornOut(chain: SendingChain, now: number): boolean {
  return chain.n >= messagesPerChain || now - chain.createdAt >= chainLifetimeMs
}

/**
 * Seals one message and steps the chain. Keep the new chain and the message in one transaction
 * before the first byte leaves, and never seal twice from the same state: it would put two messages
 * under one number. Throws `too_large` (over 128 KiB with its envelope) and `invalid_request`.
 */
export async function sealMessage(
  chain: SendingChain,
  o: {
    id: string
    at: number
    kind: string
    body: unknown
    /** Numbers of this kid refused for good by the server since the last message. */
    void?: readonly number[]
    /** The id it had before, when it goes again because the receiver could not read it. */
    reSent?: string
    random?: RandomBytes
  },
): Promise<{ chain: SendingChain; message: string; n: number }> {
  const { n } = chain
  const plaintext = encodeBody(bodyOf(chain, o))
  if (plaintext === undefined) {
    throw new ChatError(
      'too_large',
      `The message is over ${plaintextMaxBytes / 1024} KiB. Send it in several parts.`,
    )
  }
  const chainKey = keyOf(chain)
  const random = o.random ?? randomBytes
  const message = sealDirectJwe({
    header: messageHeader(chain.kid, n),
    key: messageKeyOf(chainKey),
    iv: random(12),
    plaintext,
  })
  const stepped: SendingChain = {
    ...chain,
    n: n + 1,
    chainKey: toBase64Url(nextChainKey(chainKey)),
    prevHash: hashMessage(message),
  }
  return { chain: stepped, message, n }
}

function bodyOf(
  chain: SendingChain,
  o: {
    id: string
    at: number
    kind: string
    body: unknown
    void?: readonly number[]
    reSent?: string
  },
): MessageBody {
  const parsed = messageBodySchema.safeParse({
    v: 1,
    id: o.id,
    from: chain.from,
    to: chain.to,
    at: o.at,
    kind: o.kind,
    body: o.body,
    prev_hash: chain.prevHash,
    ...(o.void && o.void.length > 0 ? { void: [...o.void] } : {}),
    ...(o.reSent === undefined ? {} : { re_sent: o.reSent }),
  })
  if (!parsed.success) {
    const member = parsed.error.issues[0]?.path.join('.') ?? ''
    throw new ChatError('invalid_request', `A message needs a valid "${member}".`)
  }
  return parsed.data
}

function keyOf(chain: SendingChain): Buffer {
  const key = fromBase64Url(chain.chainKey)
  if (key?.length !== 32) {
    throw new ChatError(
      'file_damaged',
      'The kept state of this conversation is damaged. Make a new key with: secure-chat keys rotate',
    )
  }
  return key
}
