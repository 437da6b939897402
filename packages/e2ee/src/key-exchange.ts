import { type KeyObject, randomBytes } from 'node:crypto'
import {
  type Fingerprint,
  fromBase64Url,
  parseUserName,
  toBase64Url,
  type UserName,
} from '@secure-chat/protocol'
import * as z from 'zod'
import { firstChainKey, type KeyMaterial } from './chain.ts'
import { readCompactJwe } from './compact-jwe.ts'
import { base64UrlOf, fingerprintSchema } from './encoding.ts'
import type { Identity, PeerKey } from './identity.ts'
import type { RandomBytes } from './random.ts'
import type { ReceivingChain } from './receiving.ts'
import type { SendingChain } from './sending.ts'
import { hasExactly, parseStrictJsonBytes } from './strict-json.ts'
import { undecryptable } from './undecryptable.ts'
import { spokenVersions } from './versions.ts'

/** As the server takes it; an RSA-8192 pair needs 5 KiB. */
const encryptedKeyMaxLength = 16 * 1024

const payloadSchema = z.object({
  v: z.literal(1),
  versions: z.array(z.int().min(1).max(1000)).min(1).max(16),
  from: z.string(),
  to: z.string(),
  from_key: fingerprintSchema,
  to_key: fingerprintSchema,
  kid: base64UrlOf(16),
  k: base64UrlOf(32),
  iat: z.int().min(0),
  prev: base64UrlOf(16).nullable(),
})

type Payload = z.infer<typeof payloadSchema>

const jweHeader = (recipient: Fingerprint) => ({
  alg: 'RSA-OAEP-256',
  enc: 'A256GCM',
  cty: 'JWS',
  kid: recipient as string,
})

const jwsHeader = (signer: Fingerprint) => ({
  alg: 'PS256',
  typ: 'secure-chat-key',
  kid: signer as string,
})

/**
 * Makes a new key for messages to a contact: `encryptedKey` goes to the server, `sending` is used
 * once the server has accepted it. `prev` is the kid it replaces, `now` ms since the epoch.
 */
export async function sealExchange(o: {
  me: { name: UserName; identity: Identity }
  peer: { name: UserName; key: PeerKey }
  prev: string | null
  now: number
  random?: RandomBytes
}): Promise<{ encryptedKey: string; sending: SendingChain }> {
  const { me, peer, prev, now, random = randomBytes } = o
  const k = random(32)
  const bound: KeyMaterial = {
    kid: toBase64Url(random(16)),
    from: me.name,
    to: peer.name,
    fromKey: me.identity.fingerprint,
    toKey: peer.key.fingerprint,
  }
  const payload: Payload = {
    v: 1,
    versions: [...spokenVersions],
    from: bound.from,
    to: bound.to,
    from_key: bound.fromKey,
    to_key: bound.toKey,
    kid: bound.kid,
    k: toBase64Url(k),
    iat: now,
    prev,
  }
  // jose is loaded with the first exchange: most messages need none, and a short command feels its 15 ms.
  const { CompactSign } = await import('jose/jws/compact/sign')
  const { CompactEncrypt } = await import('jose/jwe/compact/encrypt')
  const jws = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader(jwsHeader(bound.fromKey))
    .sign(me.identity.privateKey)
  const encryptedKey = await new CompactEncrypt(Buffer.from(jws))
    .setProtectedHeader(jweHeader(bound.toKey))
    .encrypt(peer.key.key)
  const chainKey = toBase64Url(firstChainKey(k, bound))
  const sending = { v: 1, ...bound, n: 0, chainKey, prevHash: null, createdAt: now } as const
  return { encryptedKey, sending }
}

/**
 * Opens an exchange and checks all that makes it acceptable: for me and a key of mine, signed by a
 * key given in `senderKeys`, `from` the record's sender, `kid` new. Throws `undecryptable` (with
 * `members.reason` 'repeat' for a kid that is known). `versions` and `signedBy` are for the caller
 * to judge: see `isDowngrade`, and pin against `signedBy`.
 */
export async function openExchange(o: {
  encryptedKey: string
  sender: string
  me: { name: UserName; identities: readonly Identity[] }
  /** The pinned key and those accepted earlier (and, to read on with a warning, one not yet accepted). */
  senderKeys: readonly PeerKey[]
  /** Is this kid already kept? Left out, the caller must refuse a known `receiving.kid` itself. */
  isKnownKid?: (kid: string) => boolean
}): Promise<{
  receiving: ReceivingChain
  iat: number
  versions: number[]
  prev: string | null
  signedBy: Fingerprint
}> {
  const { jws, toKey } = await openJwe(o.encryptedKey, o.me.identities)
  const { payload, signedBy } = await openJws(jws, o.senderKeys)
  if (
    payload.from !== o.sender ||
    payload.to !== o.me.name ||
    payload.from_key !== signedBy ||
    payload.to_key !== toKey ||
    !payload.versions.includes(payload.v)
  ) {
    throw undecryptable()
  }
  if (o.isKnownKid?.(payload.kid)) throw undecryptable('repeat')
  const bound: KeyMaterial = {
    kid: payload.kid,
    from: nameOf(payload.from),
    to: o.me.name,
    fromKey: signedBy,
    toKey,
  }
  const k = fromBase64Url(payload.k)
  if (k === undefined) throw undecryptable()
  const chainKey = toBase64Url(firstChainKey(k, bound))
  return {
    receiving: { v: 1, ...bound, next: 0, chainKey, skipped: [], opened: [] },
    iat: payload.iat,
    versions: payload.versions,
    prev: payload.prev,
    signedBy,
  }
}

async function openJwe(
  encryptedKey: string,
  identities: readonly Identity[],
): Promise<{ jws: string; toKey: Fingerprint }> {
  if (encryptedKey.length > encryptedKeyMaxLength) throw undecryptable()
  const jwe = readCompactJwe(encryptedKey)
  const identity = identities.find(({ fingerprint }) =>
    hasExactly(jwe?.header, jweHeader(fingerprint)),
  )
  if (!jwe || !identity || jwe.encryptedKey.length !== modulusBytes(identity.publicKey)) {
    throw undecryptable()
  }
  const { compactDecrypt } = await import('jose/jwe/compact/decrypt')
  try {
    const { plaintext } = await compactDecrypt(encryptedKey, identity.privateKey, {
      keyManagementAlgorithms: ['RSA-OAEP-256'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return { jws: Buffer.from(plaintext).toString('latin1'), toKey: identity.fingerprint }
  } catch {
    throw undecryptable()
  }
}

async function openJws(
  jws: string,
  senderKeys: readonly PeerKey[],
): Promise<{ payload: Payload; signedBy: Fingerprint }> {
  const parts = jws.split('.', 4)
  const [head, body, signature] = parts.map(fromBase64Url)
  if (parts.length !== 3 || !head || !body || !signature) throw undecryptable()
  const header = parseStrictJsonBytes(head)
  const signer = senderKeys.find(({ fingerprint }) => hasExactly(header, jwsHeader(fingerprint)))
  if (!signer || signature.length !== modulusBytes(signer.key)) throw undecryptable()
  const { compactVerify } = await import('jose/jws/compact/verify')
  try {
    await compactVerify(jws, signer.key, { algorithms: ['PS256'] })
  } catch {
    throw undecryptable()
  }
  const payload = payloadSchema.safeParse(parseStrictJsonBytes(body))
  if (!payload.success) throw undecryptable()
  return { payload: payload.data, signedBy: signer.fingerprint }
}

function nameOf(text: string): UserName {
  try {
    return parseUserName(text)
  } catch {
    throw undecryptable()
  }
}

function modulusBytes(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}
