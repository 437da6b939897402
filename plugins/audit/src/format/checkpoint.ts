/** Heads of the log, signed by the operator's key: who keeps one can show later that the log was cut or rewritten. */
import { type KeyObject, sign, verify } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { Head } from './entry.ts'

export const checkpointFormat = 'secure-chat-audit-checkpoint/1'

export type Checkpoint = {
  readonly format: typeof checkpointFormat
  /** ISO-8601. */
  readonly at: string
  /** Of the chains that nothing else in the log vouches for: together they vouch for all of it. */
  readonly heads: readonly Head[]
}

export type SignedCheckpoint = {
  readonly checkpoint: Checkpoint
  /** Ed25519 over the canonical JSON of `checkpoint`, base64url. */
  readonly signature: string
  /** SPKI, PEM. */
  readonly public_key: string
}

/** @param key an Ed25519 private key */
export function signCheckpoint(
  checkpoint: Checkpoint,
  { key, publicPem }: { readonly key: KeyObject; readonly publicPem: string },
): SignedCheckpoint {
  const signature = sign(null, Buffer.from(canonicalJson(checkpoint)), key).toString('base64url')
  return { checkpoint, signature, public_key: publicPem }
}

/** @param key the public key that is trusted, whatever the document says itself */
export function isSignedBy(
  key: KeyObject,
  { checkpoint, signature }: Pick<SignedCheckpoint, 'checkpoint' | 'signature'>,
): boolean {
  const bytes = Buffer.from(canonicalJson(checkpoint))
  return verify(null, bytes, key, Buffer.from(signature, 'base64url'))
}
