import type { KeyObject } from 'node:crypto'
import { fromBase64Url } from './bytes.ts'
import { ChatError } from './errors/index.ts'
import { decodeJsonPart, hasExactly, isRecord } from './jose-parts.ts'
import { fingerprintOf, fingerprintPattern } from './public-key.ts'
import { userNamePattern } from './user-name.ts'

/** What both keys sign when an account changes its key. `iat` in milliseconds since the epoch. */
export type KeyChangePayload = {
  readonly v: 1
  readonly name: string
  /** `server_id` of `/.well-known/secure-chat`. */
  readonly server: string
  readonly old_key: string
  readonly new_key: string
  readonly seq: number
  readonly iat: number
}

/** General-JSON JWS (RFC 7515, section 7.2.1): the old key's signature first, then the new one's. */
export type KeyChangeProof = {
  readonly payload: string
  readonly signatures: ReadonlyArray<{ readonly protected: string; readonly signature: string }>
}

const payloadMaxChars = 2048
const protectedMaxChars = 512
/** 8192 bits. */
const signatureMaxChars = 1366

/**
 * Checks a key-change proof: exactly two signatures (PS256), old key first, header members exactly those of the
 * end-to-end protocol, each `kid` and both fingerprints of the payload those of the given keys. Whether name, server,
 * `seq` and `iat` are the right ones is the caller's question.
 *
 * @throws ChatError `bad_proof`
 */
export async function verifyKeyChangeProof(
  proof: unknown,
  keys: { readonly oldKey: KeyObject; readonly newKey: KeyObject },
): Promise<KeyChangePayload> {
  const { payload, signatures } = readShape(proof)
  const read = readPayload(payload)
  const signers = [keys.oldKey, keys.newKey]
  const fingerprints = signers.map((key) =>
    fingerprintOf(key.export({ type: 'spki', format: 'der' })),
  )
  if (read.old_key !== fingerprints[0] || read.new_key !== fingerprints[1]) {
    throw bad('its payload names other keys')
  }
  for (const [index, signature] of signatures.entries()) {
    const key = signers[index]
    if (!key) throw bad('it needs exactly two signatures')
    checkHeader(signature.protected, fingerprints[index])
    await checkSignature({ payload, ...signature }, key)
  }
  return read
}

function readShape(proof: unknown): KeyChangeProof {
  if (!isRecord(proof) || !hasExactly(proof, ['payload', 'signatures'])) {
    throw bad('it is not a general-JSON JWS of payload and signatures')
  }
  const { payload, signatures } = proof
  if (!isText(payload, payloadMaxChars)) throw bad('its payload is not text')
  if (!Array.isArray(signatures) || signatures.length !== 2) {
    throw bad('it needs exactly two signatures')
  }
  return { payload, signatures: signatures.map(readSignature) }
}

function readSignature(value: unknown): KeyChangeProof['signatures'][number] {
  // An unprotected `header` is refused here: nothing outside the signature may say how to check it.
  if (!isRecord(value) || !hasExactly(value, ['protected', 'signature'])) {
    throw bad('a signature has exactly the members protected and signature')
  }
  if (!isText(value.protected, protectedMaxChars) || !isText(value.signature, signatureMaxChars)) {
    throw bad('a signature is not text')
  }
  // jose decodes lax base64url, so that one signature would have many spellings.
  if (!fromBase64Url(value.signature)) throw bad('a signature is not canonical base64url')
  return { protected: value.protected, signature: value.signature }
}

function readPayload(payload: string): KeyChangePayload {
  const value = decodeJsonPart(payload)
  const members = ['v', 'name', 'server', 'old_key', 'new_key', 'seq', 'iat']
  if (!value || !hasExactly(value, members)) throw bad('its payload has other members')
  const { v, name, server, old_key, new_key, seq, iat } = value
  if (
    v !== 1 ||
    !matches(name, userNamePattern) ||
    !matches(server, /^[\x21-\x7e]{1,64}$/) ||
    !matches(old_key, fingerprintPattern) ||
    !matches(new_key, fingerprintPattern) ||
    !isCount(seq) ||
    !isCount(iat)
  ) {
    throw bad('its payload is not of version 1')
  }
  return { v, name, server, old_key, new_key, seq, iat }
}

function checkHeader(protectedHeader: string, kid: string | undefined): void {
  const header = decodeJsonPart(protectedHeader)
  if (
    !header ||
    !hasExactly(header, ['alg', 'typ', 'kid']) ||
    header.alg !== 'PS256' ||
    header.typ !== 'secure-chat-key-change' ||
    header.kid !== kid
  ) {
    throw bad('a protected header is not the one of the protocol')
  }
}

async function checkSignature(
  jws: { payload: string; protected: string; signature: string },
  key: KeyObject,
): Promise<void> {
  const { flattenedVerify } = await import('jose/jws/flattened/verify')
  try {
    await flattenedVerify(jws, key, { algorithms: ['PS256'] })
  } catch (cause) {
    throw bad('a signature does not fit', cause)
  }
}

function isText(value: unknown, maxChars: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxChars
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function bad(reason: string, cause?: unknown): ChatError {
  return new ChatError('bad_proof', `The key-change proof does not hold: ${reason}.`, { cause })
}
