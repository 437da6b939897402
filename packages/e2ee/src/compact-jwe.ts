import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { fromBase64Url, toBase64Url } from '@secure-chat/protocol'
import { parseStrictJsonBytes } from './strict-json.ts'

const ivBytes = 12
const tagBytes = 16

/** The five parts of a compact JWE (RFC 7516 §7.1), each canonical base64url, header parsed strictly. */
export type CompactJwe = {
  readonly protectedText: string
  readonly header: unknown
  readonly encryptedKey: Buffer
  readonly iv: Buffer
  readonly ciphertext: Buffer
  readonly tag: Buffer
}

/**
 * Takes a compact JWE apart. Undefined for anything that is not exactly one: lax base64url, another
 * length of nonce or tag (node's GCM takes a 4-byte tag unless told otherwise, and a library that
 * joins ciphertext and tag before it splits them again takes a moved boundary), duplicate members.
 */
export function readCompactJwe(text: string): CompactJwe | undefined {
  const parts = text.split('.', 6)
  if (parts.length !== 5) return undefined
  const [head, encryptedKey, iv, ciphertext, tag] = parts.map(fromBase64Url)
  if (!head || !encryptedKey || !iv || !ciphertext || !tag) return undefined
  if (iv.length !== ivBytes || tag.length !== tagBytes) return undefined
  const header = parseStrictJsonBytes(head)
  if (header === undefined) return undefined
  return { protectedText: parts[0] ?? '', header, encryptedKey, iv, ciphertext, tag }
}

/** Seals with `alg: dir`, `enc: A256GCM` (RFC 7518 §4.5, §5.3): the key is used as it is, the header is the AAD. */
export function sealDirectJwe(o: {
  header: Readonly<Record<string, unknown>>
  key: Uint8Array
  iv: Uint8Array
  plaintext: Uint8Array
}): string {
  const protectedText = toBase64Url(Buffer.from(JSON.stringify(o.header)))
  // The key as a KeyObject: with bytes this call alone takes 10 µs more.
  const key = createSecretKey(o.key)
  const cipher = createCipheriv('aes-256-gcm', key, o.iv, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(protectedText, 'ascii'))
  const ciphertext = Buffer.concat([cipher.update(o.plaintext), cipher.final()])
  return [
    protectedText,
    '',
    toBase64Url(o.iv),
    toBase64Url(ciphertext),
    toBase64Url(cipher.getAuthTag()),
  ].join('.')
}

/** Undefined when the tag does not fit; nothing of the plaintext is released before it does. */
export function openDirectJwe(jwe: CompactJwe, key: Uint8Array): Buffer | undefined {
  if (jwe.encryptedKey.length !== 0) return undefined
  const secret = createSecretKey(key)
  const decipher = createDecipheriv('aes-256-gcm', secret, jwe.iv, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(jwe.protectedText, 'ascii'))
  decipher.setAuthTag(jwe.tag)
  try {
    return Buffer.concat([decipher.update(jwe.ciphertext), decipher.final()])
  } catch {
    return undefined
  }
}
