import { createHmac, createSecretKey, randomBytes } from 'node:crypto'

/** One session secret, ready to derive session keys. */
export interface SessionSecret {
  /** Names the secret in the database; tells nothing about it. */
  readonly id: string
  /** K of a sid. Costs the same for every sid, known or not. */
  deriveKey(sid: Uint8Array): Buffer
}

export interface SessionKeys {
  /** The newest first; the others still check sessions that they made. */
  readonly secrets: readonly SessionSecret[]
  /** A sid and its key for a session that begins, under the newest secret. */
  make(): { readonly sid: Buffer; readonly key: Buffer; readonly secretId: string }
}

const info = Buffer.from('secure-chat/1 session\n')
const firstBlock = Buffer.from([1])

/**
 * K = HKDF-SHA256 (RFC 5869) of a session secret, salt empty, info = "secure-chat/1 session\n" + sid, 32 bytes.
 * The extract step does not depend on the sid, so it is done once; what is left is one HMAC, because
 * 32 bytes are a single block of the expand step. `hkdfSync` would do both and cost three times as much.
 */
export function makeSessionKeys(
  secrets: readonly Uint8Array[],
  random: (bytes: number) => Buffer = randomBytes,
): SessionKeys {
  const opened = secrets.map(openSecret)
  const [newest] = opened
  if (newest === undefined) throw new RangeError('At least one session secret is needed.')
  return {
    secrets: opened,
    make() {
      const sid = random(16)
      return { sid, key: newest.deriveKey(sid), secretId: newest.id }
    },
  }
}

function openSecret(secret: Uint8Array): SessionSecret {
  // As a KeyObject: from bytes node would make one at every HMAC, which costs more than the HMAC.
  const extracted = createSecretKey(createHmac('sha256', Buffer.alloc(32)).update(secret).digest())
  const id = createHmac('sha256', extracted)
    .update('secure-chat/1 secret id')
    .digest('hex')
    .slice(0, 16)
  return {
    id,
    deriveKey: (sid) =>
      createHmac('sha256', extracted).update(info).update(sid).update(firstBlock).digest(),
  }
}
