import {
  argon2,
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import { ChatError } from '@secure-chat/protocol'

/** The vault key under a passphrase, as it stands in the file. Everything but the sealed key is public. */
export type WrappedKey = {
  v: 1
  kdf: 'argon2id'
  memoryKib: number
  passes: number
  parallelism: number
  salt: string
  iv: string
  sealed: string
  check: string
}

const deriveArgon2 = promisify(argon2)

/** RFC 9106, section 4, second recommended option: 64 MiB, 3 passes, 4 lanes. */
const present = { memoryKib: 65_536, passes: 3, parallelism: 4 }
/** What a file may ask of this machine: a damaged or planted one must not take all its memory. */
const most = { memoryKib: 1_048_576, passes: 32, parallelism: 16 }

/** Wraps the vault key under argon2id (RFC 9106) of a passphrase. */
export async function wrapVaultKey(vaultKey: Uint8Array, passphrase: string): Promise<WrappedKey> {
  const salt = randomBytes(16)
  const iv = randomBytes(12)
  const key = await derive(passphrase, salt, present)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
  cipher.setAAD(Buffer.from('secure-chat/1 vault key'))
  const sealed = Buffer.concat([cipher.update(vaultKey), cipher.final(), cipher.getAuthTag()])
  const wrapped = {
    v: 1,
    kdf: 'argon2id',
    ...present,
    salt: salt.toString('base64url'),
    iv: iv.toString('base64url'),
    sealed: sealed.toString('base64url'),
  } as const
  return { ...wrapped, check: checkSum(wrapped) }
}

/** @throws ChatError `wrong_passphrase`; `file_damaged` when the stored values themselves were changed. */
export async function unwrapVaultKey(wrapped: WrappedKey, passphrase: string): Promise<Buffer> {
  requireIntact(wrapped)
  const key = await derive(passphrase, Buffer.from(wrapped.salt, 'base64url'), wrapped)
  const iv = Buffer.from(wrapped.iv, 'base64url')
  const sealed = Buffer.from(wrapped.sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
  decipher.setAAD(Buffer.from('secure-chat/1 vault key'))
  decipher.setAuthTag(sealed.subarray(-16))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  } catch (cause) {
    throw new ChatError(
      'wrong_passphrase',
      'This passphrase does not open the profile. It is the account password of the last sign-in here, unless another passphrase was set.',
      { cause },
    )
  }
}

/** Reads the stored JSON; its checksum tells damage from a wrong passphrase. */
export function readWrappedKey(text: string): WrappedKey {
  try {
    const wrapped: WrappedKey = JSON.parse(text)
    requireIntact(wrapped)
    return wrapped
  } catch (cause) {
    throw damagedKey(cause)
  }
}

function requireIntact(wrapped: WrappedKey): void {
  const given = Buffer.from(String(wrapped.check))
  const wanted = Buffer.from(checkSum(wrapped))
  const isIntact = given.length === wanted.length && timingSafeEqual(given, wanted)
  const isKnown = wrapped.v === 1 && wrapped.kdf === 'argon2id'
  const isBounded =
    wrapped.memoryKib <= most.memoryKib &&
    wrapped.passes <= most.passes &&
    wrapped.parallelism <= most.parallelism
  if (!isIntact || !isKnown || !isBounded) throw damagedKey()
}

function checkSum(wrapped: Omit<WrappedKey, 'check'>): string {
  const { v, kdf, memoryKib, passes, parallelism, salt, iv, sealed } = wrapped
  return createHash('sha256')
    .update(JSON.stringify([v, kdf, memoryKib, passes, parallelism, salt, iv, sealed]))
    .digest('base64url')
}

async function derive(passphrase: string, salt: Buffer, cost: typeof present): Promise<Buffer> {
  return await deriveArgon2('argon2id', {
    message: passphrase,
    nonce: salt,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.parallelism,
    tagLength: 32,
  })
}

function damagedKey(cause?: unknown): ChatError {
  return new ChatError('file_damaged', "The profile's wrapped vault key is damaged.", { cause })
}
