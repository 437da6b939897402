import { createHmac, hash, type KeyObject, randomBytes } from 'node:crypto'
import { toBase64Url } from './bytes.ts'
import { ChatError } from './errors/index.ts'

/** What a proof covers. `mediaType` is lower case without parameters, empty when there is no body. */
export type ProofInput = {
  readonly method: string
  /** The request target as sent: path with query. */
  readonly target: string
  readonly mediaType: string
  /** Milliseconds since the epoch. */
  readonly ts: number | string
  readonly nonce: string
  readonly bodyHash: string
}

/** The parts of a token `scv1`, not yet checked. */
export type Proof = {
  readonly sid: string
  readonly sidBytes: Buffer
  /** Milliseconds since the epoch. */
  readonly ts: number
  readonly nonce: string
  readonly bodyHash: string
  readonly mac: Buffer
}

/** One pass over 146 characters. The last characters of sid, bh and mac admit canonical base64url only (unused bits zero). */
const pattern =
  /^scv1\.[A-Za-z0-9_-]{21}[AQgw]\.[1-9][0-9]{12}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

const proofLength = 146

/** Reads what follows `Bearer `. Undefined for anything but the exact grammar, so no two texts mean the same proof. */
export function parseProof(bearer: string): Proof | undefined {
  if (bearer.length !== proofLength) return undefined
  if (!pattern.test(bearer)) return undefined
  // Every part has its fixed place, so no groups are needed.
  const sid = bearer.slice(5, 27)
  return {
    sid,
    sidBytes: Buffer.from(sid, 'base64url'),
    ts: Number(bearer.slice(28, 41)),
    nonce: bearer.slice(42, 58),
    bodyHash: bearer.slice(59, 102),
    mac: Buffer.from(bearer.slice(103), 'base64url'),
  }
}

/**
 * HMAC-SHA256 (RFC 2104) under the session's key over every part of the request. Compare with `timingSafeEqual`.
 *
 * @param key give a `KeyObject` (`createSecretKey`) where one key is used again and again: 2 µs instead of 11
 */
export function proofMac(key: Uint8Array | KeyObject, o: ProofInput): Buffer {
  // latin1: node:http hands over the target byte by byte, and the mac is over the bytes as sent.
  return createHmac('sha256', key)
    .update(
      `scv1\n${o.method}\n${o.target}\n${o.mediaType}\n${o.ts}\n${o.nonce}\n${o.bodyHash}`,
      'latin1',
    )
    .digest()
}

/** Base64url of SHA-256 of the raw body; of the empty string when there is none. */
export function bodyHash(body: Uint8Array): string {
  return hash('sha256', body, 'base64url')
}

/** Proves that the time in a `token_stale` answer comes from who holds the session's key. */
export function nowProof(key: Uint8Array | KeyObject, nonce: string, now: number): string {
  return createHmac('sha256', key).update(`scv1-now\n${nonce}\n${now}`).digest('base64url')
}

/**
 * The value of `Authorization` for one request. A nonce is never used twice, so leave it out but in tests.
 *
 * @param o.now milliseconds since the epoch, corrected by what the server's `now_proof` showed
 * @throws ChatError `usage` when method, target or media type hold what cannot stand in a request line
 */
export function signRequest(o: {
  readonly sid: Uint8Array
  readonly key: Uint8Array
  readonly method: string
  readonly target: string
  readonly mediaType: string
  readonly body: Uint8Array
  readonly now: number
  readonly nonce?: Uint8Array
}): string {
  if (!/^[A-Z]+$/.test(o.method) || !/^\/[\x21-\x7e]*$/.test(o.target)) {
    throw new ChatError(
      'usage',
      'A request needs an upper-case method and a path of ASCII characters that starts with /.',
    )
  }
  if (!/^[\x21-\x7e]*$/.test(o.mediaType)) {
    throw new ChatError('usage', 'A media type is without blanks and parameters.')
  }
  const mediaType = o.body.length === 0 ? '' : o.mediaType
  const ts = String(o.now)
  const nonce = toBase64Url(o.nonce ?? randomBytes(12))
  const hashed = bodyHash(o.body)
  const mac = proofMac(o.key, {
    method: o.method,
    target: o.target,
    mediaType,
    ts,
    nonce,
    bodyHash: hashed,
  })
  return `Bearer scv1.${toBase64Url(o.sid)}.${ts}.${nonce}.${hashed}.${mac.toString('base64url')}`
}
