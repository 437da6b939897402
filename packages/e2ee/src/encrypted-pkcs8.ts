import {
  createCipheriv,
  createPrivateKey,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
} from 'node:crypto'
import { ChatError } from '@secure-chat/protocol'
import { type DerNode, derWriter, readDer } from './der.ts'
import { invalidKeyFile } from './invalid-key-file.ts'

/** EncryptedPrivateKeyInfo (RFC 5958 §3): the form of `ENCRYPTED PRIVATE KEY` and of the key bags of PKCS#12. */

const oids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  scrypt: '1.3.6.1.4.1.11591.4.11',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
}

/** About 0.3 s: what OWASP asks of PBKDF2-HMAC-SHA256. (node's own export stays at 2,048.) */
const exportRounds = 600_000
/** A file that asks for more is taken as an attempt to keep us busy. */
export const roundsMax = 2_000_000
const scryptCostMax = 2 ** 24

/** Throws `wrong_passphrase`, and `invalid_key_file` for what is none or asks for absurd work. */
export function openEncryptedPkcs8(der: Buffer, passphrase: string | undefined): KeyObject {
  assertAffordable(readDer(der)?.children?.[0])
  if (passphrase === undefined) throw passphraseNeeded()
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8', passphrase })
  } catch (cause) {
    if (isUnsupported(cause)) {
      throw invalidKeyFile(
        'The key file is encrypted in a way that is not supported any more. Convert it first: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW.',
        cause,
      )
    }
    throw wrongPassphrase(cause)
  }
}

/** PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC (RFC 8018), which every current tool reads. */
export function sealEncryptedPkcs8(pkcs8: Uint8Array, passphrase: string): Buffer {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const key = pbkdf2Sync(passphrase, salt, exportRounds, 32, 'sha256')
  // PBES2 knows no authenticated cipher that other tools read; a damaged file shows when its key is checked.
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const encrypted = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  const { sequence, oid, octets, integer, null: none, bytes } = derWriter()
  const prf = sequence(oid(oids.hmacWithSha256), none())
  const kdf = sequence(oid(oids.pbkdf2), sequence(octets(salt), integer(exportRounds), prf))
  const scheme = sequence(oid(oids.aes256Cbc), octets(iv))
  return bytes(sequence(sequence(oid(oids.pbes2), sequence(kdf, scheme)), octets(encrypted)))
}

function assertAffordable(algorithm: DerNode | undefined): void {
  const [scheme, parameters] = algorithm?.children ?? []
  const isPbes2 = scheme?.oid === oids.pbes2
  const kdf = isPbes2 ? parameters?.children?.[0]?.children : algorithm?.children
  const [name, kdfParameters] = kdf ?? []
  const [, ...numbers] = kdfParameters?.children ?? []
  if (name?.oid === oids.scrypt) {
    const [cost, blockSize, parallel] = numbers.map(({ integer }) => integer)
    if (!cost || !blockSize || !parallel) throw invalidKeyFile('The key file is damaged.')
    if (cost * blockSize * parallel > scryptCostMax) throw tooMuchWork()
    return
  }
  const rounds = numbers[0]?.integer
  if (rounds === undefined) throw invalidKeyFile('The key file is damaged.')
  if (rounds > roundsMax) throw tooMuchWork()
}

function isUnsupported(cause: unknown): boolean {
  return /UNSUPPORTED$/.test(String(Object(cause).code))
}

export function tooMuchWork(): ChatError {
  return invalidKeyFile(
    `The key file asks for more than ${roundsMax.toLocaleString('en')} rounds of key derivation.`,
  )
}

export function wrongPassphrase(cause?: unknown): ChatError {
  return new ChatError(
    'wrong_passphrase',
    'The key file did not open with this passphrase (or it is damaged).',
    { cause, suggestions: [askedFor] },
  )
}

/** The advice for passphrases in general speaks of the account's password, which is another one. */
const askedFor = 'It is the passphrase that was chosen when the file was saved.'

export function passphraseNeeded(): ChatError {
  return new ChatError(
    'wrong_passphrase',
    'The key file is encrypted and no passphrase was given.',
    { members: { reason: 'missing' }, suggestions: [askedFor] },
  )
}
