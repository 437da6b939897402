import { createHash } from 'node:crypto'
import { toBase64Url } from './bytes.ts'

/**
 * 22 and 43 characters are 16 and 32 bytes; their last character carries 4 and 2 unused bits,
 * which must be zero, so the pattern admits canonical base64url only.
 */
const pattern = /^sk1\.([A-Za-z0-9_-]{21}[AQgw])\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/

/** What login seals to the user's public key: `sk1.<sid>.<K>`. */
export function formatSessionKey({ sid, key }: { sid: Uint8Array; key: Uint8Array }): string {
  return `sk1.${toBase64Url(sid)}.${toBase64Url(key)}`
}

/** Undefined for anything but the exact grammar: what was decrypted at login is used, or echoed, only after this. */
export function parseSessionKey(text: string): { sid: Buffer; key: Buffer } | undefined {
  const [, sid, key] = pattern.exec(text) ?? []
  if (sid === undefined || key === undefined) return undefined
  return { sid: Buffer.from(sid, 'base64url'), key: Buffer.from(key, 'base64url') }
}

/** The public name of a session: the first 16 hex digits of SHA-256(sid). */
export function sessionIdOf(sid: Uint8Array): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}
