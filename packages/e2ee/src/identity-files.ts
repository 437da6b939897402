import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type DerNode, readDer } from './der.ts'
import {
  openEncryptedPkcs8,
  passphraseNeeded,
  sealEncryptedPkcs8,
  wrongPassphrase,
} from './encrypted-pkcs8.ts'
import { type Identity, identityOf } from './identity.ts'
import { invalidKeyFile } from './invalid-key-file.ts'
import { openPkcs12, sealPkcs12 } from './pkcs12.ts'

/** An 8,192-bit key with a chain of certificates needs 30 KiB. */
const fileMaxBytes = 256 * 1024

const privateBlock =
  /-----BEGIN ((?:ENCRYPTED |RSA )?PRIVATE KEY)-----([^-]+(?:-[^-]+)*)-----END \1-----/g

/**
 * Reads a key that somebody already has: PEM or DER, PKCS#8 (encrypted or not), PKCS#1 (with
 * OpenSSL's old encryption too) or PKCS#12. Other PEM blocks in the file, certificates for
 * instance, are passed over. Throws `invalid_key_file`, `wrong_passphrase` (with `members.reason`
 * 'missing' when one is needed and none was given) and `weak_key`.
 */
export function importIdentity(data: Uint8Array, passphrase?: string): Identity {
  if (data.length > fileMaxBytes) {
    throw invalidKeyFile(`The file is larger than ${fileMaxBytes / 1024} KiB.`)
  }
  const bytes = Buffer.from(data)
  const isPem = bytes.includes('-----BEGIN ')
  return identityOf(
    isPem ? openPem(bytes.toString('latin1'), passphrase) : openDer(bytes, passphrase),
  )
}

/**
 * A file for people: encrypted PKCS#8 as PEM, or PKCS#12 as DER, AES-256 under PBKDF2-HMAC-SHA256
 * with 600,000 rounds. Its strength is the passphrase's: whoever finds the file may guess at leisure.
 */
export function exportIdentity(
  identity: Identity,
  o: { format: 'pkcs8' | 'pkcs12'; passphrase: string; name: string },
): Buffer {
  const pkcs8 = identity.privateKey.export({ format: 'der', type: 'pkcs8' })
  if (o.format === 'pkcs12') return sealPkcs12(pkcs8, o)
  const base64 = sealEncryptedPkcs8(pkcs8, o.passphrase).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return Buffer.from(
    [
      '-----BEGIN ENCRYPTED PRIVATE KEY-----',
      ...lines,
      '-----END ENCRYPTED PRIVATE KEY-----',
      '',
    ].join('\n'),
  )
}

function openPem(text: string, passphrase: string | undefined): KeyObject {
  const blocks = [...text.matchAll(privateBlock)]
  const [block, label, body = ''] = blocks[0] ?? []
  if (block === undefined) {
    // Such as `EC PRIVATE KEY`, the form that openssl ecparam writes.
    const isOther = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)
    throw invalidKeyFile(
      isOther ? 'The private key in the file is no RSA key.' : 'The file holds no private key.',
    )
  }
  if (blocks.length > 1) throw invalidKeyFile('The file holds several private keys.')
  if (label === 'ENCRYPTED PRIVATE KEY') {
    return openEncryptedPkcs8(Buffer.from(body, 'base64'), passphrase)
  }
  const isLegacyEncrypted = /^Proc-Type: 4,ENCRYPTED/m.test(body)
  if (isLegacyEncrypted && passphrase === undefined) throw passphraseNeeded()
  try {
    return createPrivateKey({ key: block, format: 'pem', ...(passphrase && { passphrase }) })
  } catch (cause) {
    throw isLegacyEncrypted
      ? wrongPassphrase(cause)
      : invalidKeyFile('The private key is damaged.', cause)
  }
}

function openDer(der: Buffer, passphrase: string | undefined): KeyObject {
  const outer = readDer(der)
  const [first, second] = outer?.children ?? []
  if (!outer || !first || !second) throw invalidKeyFile('The file is neither PEM nor DER.')
  if (isPfx(first, second)) return openPkcs12(outer, passphrase)
  if (first.children && second.octets) return openEncryptedPkcs8(der, passphrase)
  const type = second.children ? 'pkcs8' : 'pkcs1'
  try {
    return createPrivateKey({ key: der, format: 'der', type })
  } catch (cause) {
    throw invalidKeyFile('The private key is damaged.', cause)
  }
}

function isPfx(version: DerNode, authSafe: DerNode): boolean {
  return version.integer === 3 && authSafe.children !== undefined
}
