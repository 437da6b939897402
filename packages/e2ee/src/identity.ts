import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import { type Fingerprint, parsePublicKey } from '@secure-chat/protocol'
import { invalidKeyFile } from './invalid-key-file.ts'

/** An account's RSA key pair. `fingerprint` = SHA-256 of the SPKI DER, 64 lower-case hex digits. */
export type Identity = {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly publicPem: string
  readonly spki: Buffer
  readonly fingerprint: Fingerprint
}

/** Somebody's public key, checked by the gates of the API (2,048–8,192 bits, e = 65537). */
export type PeerKey = ReturnType<typeof parsePublicKey>

/** A new identity; 3,072 bits unless told otherwise. Off the event loop (1 s and more on a slow core). */
export async function generateIdentity(bits = 3072): Promise<Identity> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: bits,
    publicExponent: 65537,
  })
  return identityOf(privateKey)
}

/** Reads an unencrypted PKCS#8 key (PEM text or DER bytes), as the vault keeps it. Throws `invalid_key_file`, `weak_key`. */
export function identityFromPkcs8(pemOrDer: string | Uint8Array): Identity {
  let privateKey: KeyObject
  try {
    privateKey =
      typeof pemOrDer === 'string'
        ? createPrivateKey({ key: pemOrDer, format: 'pem' })
        : createPrivateKey({ key: Buffer.from(pemOrDer), format: 'der', type: 'pkcs8' })
  } catch (cause) {
    throw invalidKeyFile('This is not an unencrypted PKCS#8 private key.', cause)
  }
  return identityOf(privateKey)
}

/** Unencrypted PKCS#8 PEM. For the vault only, which encrypts it; files for people come from `exportIdentity`. */
export function identityToPkcs8(identity: Identity): string {
  return identity.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

/** The public half, in the shape in which contacts' keys are kept. */
export function peerKeyOf(identity: Identity): PeerKey {
  return {
    key: identity.publicKey,
    pem: identity.publicPem,
    spki: identity.spki,
    fingerprint: identity.fingerprint,
  }
}

/** Passes a private key through every gate. Throws `invalid_key_file`, `weak_key`. */
export function identityOf(privateKey: KeyObject): Identity {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'rsa') {
    throw invalidKeyFile('This is not an RSA private key.')
  }
  const pem = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString()
  const { key, pem: publicPem, spki, fingerprint } = parsePublicKey(pem)
  assertHalvesFit(privateKey, key)
  return { privateKey, publicKey: key, publicPem, spki, fingerprint }
}

/** OpenSSL loads keys whose numbers contradict each other (a damaged or crafted file); one signature shows it. */
function assertHalvesFit(privateKey: KeyObject, publicKey: KeyObject): void {
  const probe = Buffer.from('secure-chat identity check')
  const scheme = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  let fits = false
  try {
    const signature = sign('sha256', probe, { key: privateKey, ...scheme })
    fits = verify('sha256', probe, { key: publicKey, ...scheme }, signature)
  } catch (cause) {
    throw invalidKeyFile('The private key is damaged: its numbers do not belong together.', cause)
  }
  if (!fits) {
    throw invalidKeyFile('The private key is damaged: its numbers do not belong together.')
  }
}
