import {
  isChatError,
  parsePublicKey,
  type UserName,
  verifyKeyChangeProof,
} from '@secure-chat/protocol'
import type { PeerKey } from './identity.ts'

/** One entry of `changes` of `GET /chat/{username}/publickey`. */
export type PublicKeyChange = {
  readonly seq: number
  /** Fingerprints. */
  readonly old_key: string
  readonly new_key: string
  readonly proof?: unknown
  /** SPKI PEM of the new key, where the server sends it: needed to check the step that follows. */
  readonly new_public_key?: string
}

/**
 * From the pinned key to the present one, step by step: 'same' key; 'proved' when every step is
 * signed by the key before it, `seq` rising by one; else 'unproved' (a recovery, a gap in the list,
 * a proof of another name or server). A server that forges or withholds can only make it 'unproved'.
 */
export async function followKeyChanges(o: {
  name: UserName
  /** `server_id` of `/.well-known/secure-chat`, as seen when the contact was pinned. */
  server: string
  pinned: PeerKey
  /** The seq of the pinned key, when known: no older change is taken then. */
  pinnedSeq?: number
  present: PeerKey
  /** As the server lists them, oldest first. */
  changes: readonly PublicKeyChange[]
  /** Keys of this contact met in between; a step to a key that nobody has at hand is unproved. */
  knownKeys?: readonly PeerKey[]
}): Promise<'same' | 'proved' | 'unproved'> {
  if (o.pinned.fingerprint === o.present.fingerprint) return 'same'
  const keys = new Map(
    [o.pinned, o.present, ...(o.knownKeys ?? []), ...keysIn(o.changes)].map((key) => [
      `${key.fingerprint}`,
      key,
    ]),
  )
  let current = o.pinned
  let seq = o.pinnedSeq
  for (const change of o.changes) {
    if (change.old_key !== current.fingerprint) continue
    if (seq !== undefined && change.seq !== seq + 1) continue
    const next = keys.get(change.new_key)
    if (!next || !(await isProved(o, change, current, next))) return 'unproved'
    current = next
    seq = change.seq
    if (current.fingerprint === o.present.fingerprint) return 'proved'
  }
  return 'unproved'
}

async function isProved(
  o: { name: UserName; server: string },
  change: PublicKeyChange,
  old: PeerKey,
  next: PeerKey,
): Promise<boolean> {
  if (change.proof === null || change.proof === undefined) return false
  try {
    const payload = await verifyKeyChangeProof(change.proof, { oldKey: old.key, newKey: next.key })
    return (
      payload.name === o.name &&
      payload.server === o.server &&
      payload.old_key === old.fingerprint &&
      payload.new_key === next.fingerprint &&
      payload.seq === change.seq
    )
  } catch (error) {
    if (isChatError(error, 'bad_proof')) return false
    throw error
  }
}

function keysIn(changes: readonly PublicKeyChange[]): PeerKey[] {
  return changes.map((change) => readPem(change.new_public_key)).filter((key) => key !== undefined)
}

function readPem(pem: string | undefined): PeerKey | undefined {
  try {
    return pem === undefined ? undefined : parsePublicKey(pem)
  } catch (error) {
    // A key that fails the gates is no key; the step that needs it stays unproved.
    if (isChatError(error, 'weak_key')) return undefined
    throw error
  }
}
