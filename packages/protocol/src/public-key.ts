import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { $brand } from 'zod'
import { ChatError } from './errors/index.ts'
import { limits } from './limits.ts'

/** SHA-256 of an RSA key's SPKI DER: 64 lower-case hex digits. */
export type Fingerprint = string & $brand<'Fingerprint'>

export const fingerprintPattern = /^[0-9a-f]{64}$/

/** A checked RSA public key: 2,048–8,192 bits, e = 65537. */
export type PublicKey = {
  readonly key: KeyObject
  /** Normalised: 64 characters a line, LF, one at the end. */
  readonly pem: string
  readonly spki: Buffer
  readonly fingerprint: Fingerprint
}

const onePublicBlock =
  /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/

/**
 * The gate for every public key from outside. `createPublicKey` alone would take private PEMs (and so store
 * a private key), EC, RSA-PSS, RSA of 1024 bits and e = 3; here only one `PUBLIC KEY` block passes that holds
 * the DER of an RSA key (RFC 3279, section 2.3.1) of 2048 to 8192 bits with e = 65537.
 *
 * @throws ChatError `weak_key`
 */
export function parsePublicKey(pem: string): PublicKey {
  if (pem.length > limits.publicKeyPemMaxBytes) throw weak('it is too long')
  const base64 = onePublicBlock.exec(pem)?.[1]?.replace(/\s+/g, '')
  if (base64 === undefined && pem.includes('PRIVATE KEY')) throw weak('it holds a private key')
  if (base64 === undefined) throw weak('it is not exactly one PEM block "PUBLIC KEY"')
  const der = Buffer.from(base64, 'base64')
  if (der.toString('base64') !== base64) throw weak('its base64 is damaged')
  const key = readSpki(der)
  if (key.asymmetricKeyType !== 'rsa') throw weak('it is not an RSA key')
  const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < limits.rsaMinBits || modulusLength > limits.rsaMaxBits) {
    throw weak(`it has ${modulusLength} bits`)
  }
  if (publicExponent !== 65537n) throw weak('its exponent is not 65537')
  const spki = key.export({ type: 'spki', format: 'der' })
  if (!spki.equals(der)) throw weak('its DER is not canonical')
  // The DER ends with the modulus and `02 03 01 00 01`. OpenSSL reads an even modulus, but fails when it encrypts to it.
  if ((spki.at(-6) ?? 0) % 2 === 0) throw weak('its modulus is even')
  return {
    key,
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    spki,
    fingerprint: fingerprintOf(spki),
  }
}

/** The fingerprint of a key's SPKI DER. */
export function fingerprintOf(spki: Uint8Array): Fingerprint {
  return createHash('sha256').update(spki).digest('hex') as Fingerprint
}

function readSpki(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch (cause) {
    throw weak('it cannot be read', cause)
  }
}

function weak(reason: string, cause?: unknown): ChatError {
  return new ChatError(
    'weak_key',
    `The public key was refused: ${reason}. Send an RSA key of ${limits.rsaMinBits} to ${limits.rsaMaxBits} bits with e = 65537 as SPKI PEM.`,
    { cause },
  )
}
