import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { ChatError } from '@secure-chat/protocol'

/** Where a value stands; it opens nowhere else. `row` is the primary key of the row as text. */
export type Place = { table: string; row: string; column: string }

/** Seals single values under the vault key, and makes look-up tags for what is looked up by equality. */
export type ValueCipher = {
  seal(place: Place, value: Uint8Array): Uint8Array
  open(place: Place, sealed: Uint8Array): Buffer
  /** Keyed, one-way: equal inputs of one domain give equal tags, and nothing else shows. */
  tag(domain: string, ...parts: string[]): string
}

const formatVersion = 1
const ivBytes = 12
const tagBytes = 16

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit IV per value; the place is the associated data, so a
 * value moved to another row or column does not open. Values and look-up tags use keys of their own.
 */
export function makeValueCipher(vaultKey: Uint8Array): ValueCipher {
  const valueKey = subKey(vaultKey, 'values')
  const tagKey = subKey(vaultKey, 'tags')
  return {
    seal(place, value) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', valueKey, iv, { authTagLength: tagBytes })
      cipher.setAAD(associatedData(place))
      const sealed = [cipher.update(value), cipher.final(), cipher.getAuthTag()]
      return Buffer.concat([Buffer.of(formatVersion), iv, ...sealed])
    },
    open(place, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < 1 + ivBytes + tagBytes || bytes[0] !== formatVersion) throw damaged(place)
      // Without authTagLength node accepts a tag of four bytes.
      const decipher = createDecipheriv('aes-256-gcm', valueKey, bytes.subarray(1, 1 + ivBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(associatedData(place))
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      try {
        const start = decipher.update(bytes.subarray(1 + ivBytes, -tagBytes))
        return Buffer.concat([start, decipher.final()])
      } catch (cause) {
        throw damaged(place, cause)
      }
    },
    tag(domain, ...parts) {
      return createHmac('sha256', tagKey)
        .update(JSON.stringify([domain, ...parts]))
        .digest('base64url')
    },
  }
}

// JSON of an array of strings has one reading only, so no two places share their bytes.
function associatedData(place: Place): Buffer {
  return Buffer.from(
    JSON.stringify(['secure-chat vault', formatVersion, place.table, place.row, place.column]),
  )
}

/** As a KeyObject: ciphers and HMACs take several times as long with bytes. */
function subKey(vaultKey: Uint8Array, purpose: string): KeyObject {
  const key = hkdfSync('sha256', vaultKey, '', `secure-chat/1 vault ${purpose}`, 32)
  return createSecretKey(Buffer.from(key))
}

function damaged(place: Place, cause?: unknown): ChatError {
  return new ChatError(
    'file_damaged',
    `A value in the profile's vault (${place.table}.${place.column}) was changed or moved by something other than secure-chat, so it is not used. Put back a backup of the profile's folder, or sign in again in a new profile.`,
    { cause },
  )
}
