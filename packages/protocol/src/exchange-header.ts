import { fromBase64Url } from './bytes.ts'
import { decodeJsonPart, hasExactly } from './jose-parts.ts'
import { limits } from './limits.ts'
import { type Fingerprint, fingerprintPattern } from './public-key.ts'

/**
 * Reads whom a key exchange is sealed for, from its form alone: a compact JWE (RFC 7516, section 7.1) of
 * RSA-OAEP-256 and A256GCM with exactly the header members of the end-to-end protocol. Undefined for anything else.
 */
export function readExchangeHeader(encryptedKey: string): { kid: Fingerprint } | undefined {
  if (encryptedKey.length > limits.encryptedKeyMaxBytes) return undefined
  const parts = encryptedKey.split('.')
  const [protectedHeader, wrappedKey, iv, ciphertext, tag] = parts
  if (parts.length !== 5 || !protectedHeader || !wrappedKey || !iv || !ciphertext || !tag) {
    return undefined
  }
  const wrappedBytes = fromBase64Url(wrappedKey)?.length ?? 0
  if (wrappedBytes < limits.rsaMinBits / 8 || wrappedBytes > limits.rsaMaxBits / 8) return undefined
  if (fromBase64Url(iv)?.length !== 12 || fromBase64Url(tag)?.length !== 16) return undefined
  if (!fromBase64Url(ciphertext)) return undefined
  const header = decodeJsonPart(protectedHeader)
  if (!header || !hasExactly(header, ['alg', 'enc', 'cty', 'kid'])) return undefined
  if (header.alg !== 'RSA-OAEP-256' || header.enc !== 'A256GCM' || header.cty !== 'JWS') {
    return undefined
  }
  return isFingerprint(header.kid) ? { kid: header.kid } : undefined
}

function isFingerprint(value: unknown): value is Fingerprint {
  return typeof value === 'string' && fingerprintPattern.test(value)
}
