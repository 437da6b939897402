import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import type { Fingerprint, UserName } from '@secure-chat/protocol'

/** What a chain is bound to; part of the derivation, so a chain fits one direction of one pair of keys. */
export type KeyMaterial = {
  readonly kid: string
  readonly from: UserName
  readonly to: UserName
  readonly fromKey: Fingerprint
  readonly toKey: Fingerprint
}

/** chain₀ = HKDF-SHA256 (RFC 5869) of the exchanged `k`, 32 bytes. */
export function firstChainKey(k: Uint8Array, bound: KeyMaterial): Buffer {
  const { kid, from, to, fromKey, toKey } = bound
  const info = ['secure-chat/1 chain', kid, from, to, fromKey, toKey].join('\n')
  return Buffer.from(hkdfSync('sha256', k, Buffer.alloc(0), info, 32))
}

/** The key of message n. It leads neither back to chainₙ nor on to chainₙ₊₁. */
export function messageKeyOf(chainKey: Uint8Array): Buffer {
  return derived(chainKey, '\x01')
}

/** chainₙ₊₁ of chainₙ. */
export function nextChainKey(chainKey: Uint8Array): Buffer {
  return derived(chainKey, '\x02')
}

function derived(chainKey: Uint8Array, step: string): Buffer {
  // A KeyObject first: createHmac takes 11 µs with bytes, 3 µs with this (a jump derives 1,000).
  return createHmac('sha256', createSecretKey(chainKey)).update(step).digest()
}
