import { timingSafeEqual } from 'node:crypto'
import {
  ChatError,
  limits,
  nowProof,
  type Proof,
  parseProof,
  parseSessionKey,
  proofMac,
} from '@secure-chat/protocol'
import type { Clock } from '../ports/index.ts'
import type { NonceMemory } from './nonce-memory.ts'
import type { SessionKeys, SessionSecret } from './session-keys.ts'
import type { AuthenticatedSession, Sessions } from './sessions.ts'

/** The part of a request that its headers tell and a proof covers. */
export interface SignedHead {
  readonly method: string
  readonly target: string
  /** Lower case, without parameters; empty when there is no body. */
  readonly mediaType: string
}

export interface CheckedProof {
  readonly session: AuthenticatedSession
  readonly proof: Proof
}

export interface ProofCheck {
  /**
   * From the headers alone. Throws (or rejects with) `token_invalid`, `token_stale`, `token_replayed`,
   * `session_key_exposed`. The caller still compares the body with `proof.bodyHash`.
   */
  check(bearer: string, head: SignedHead): CheckedProof | Promise<CheckedProof>
  /** Ends the session of a bare, genuine session key and throws `session_key_exposed`; anything else resolves. */
  endIfExposed(text: string): Promise<void>
}

/**
 * The proof of possession `scv1`. The order is the contract: grammar, key (derived for unknown sids
 * too), constant-time mac, session, time, nonce. Until the mac is good every refusal is the same
 * `token_invalid`, and a stranger reaches neither the database nor any memory.
 */
export function makeProofCheck({
  keys,
  sessions,
  nonces,
  clock,
}: {
  readonly keys: SessionKeys
  readonly sessions: Sessions
  readonly nonces: NonceMemory
  readonly clock: Clock
}): ProofCheck {
  // Nonces used before this process began are not remembered, so neither are their times believed.
  const startedAt = clock.now()

  function checkTime(proof: Proof, key: Buffer, session: AuthenticatedSession): CheckedProof {
    const now = clock.now()
    if (Math.abs(now - proof.ts) > limits.proofMaxSkewMs || proof.ts < startedAt) {
      throw stale(proof, key, now)
    }
    const use = nonces.use(proof.sid, proof.nonce, proof.ts)
    if (use === 'stale') throw stale(proof, key, now)
    if (use === 'seen') throw new ChatError('token_replayed')
    return { session, proof }
  }

  function secretOf(
    proof: Proof,
    head: SignedHead,
  ): { secret: SessionSecret; key: Buffer } | undefined {
    const input = {
      method: head.method,
      target: head.target,
      mediaType: head.mediaType,
      ts: proof.ts,
      nonce: proof.nonce,
      bodyHash: proof.bodyHash,
    }
    for (const secret of keys.secrets) {
      const key = secret.deriveKey(proof.sidBytes)
      if (timingSafeEqual(proofMac(key, input), proof.mac)) return { secret, key }
    }
    return undefined
  }

  async function endIfExposed(text: string): Promise<void> {
    const given = parseSessionKey(text)
    if (given === undefined) return
    const secret = keys.secrets.find((one) => timingSafeEqual(one.deriveKey(given.sid), given.key))
    if (secret === undefined) return
    const session = await sessions.find(given.sid.toString('base64url'), secret.id)
    if (session === undefined) return
    await sessions.end(session, 'session_key_exposed')
    throw new ChatError('session_key_exposed')
  }

  return {
    check(bearer, head) {
      const proof = parseProof(bearer)
      if (proof === undefined) return refuseMalformed(bearer)
      const genuine = secretOf(proof, head)
      if (genuine === undefined) throw invalidToken()
      const session = sessions.find(proof.sid, genuine.secret.id)
      if (session === undefined) throw invalidToken()
      if (!(session instanceof Promise)) return checkTime(proof, genuine.key, session)
      return session.then((found) => {
        if (found === undefined) throw invalidToken()
        return checkTime(proof, genuine.key, found)
      })
    },
    endIfExposed,
  }

  async function refuseMalformed(bearer: string): Promise<never> {
    await endIfExposed(bearer)
    throw invalidToken()
  }
}

function invalidToken(): ChatError {
  return new ChatError('token_invalid')
}

function stale(proof: Proof, key: Buffer, now: number): ChatError {
  return new ChatError('token_stale', undefined, {
    members: { now, now_proof: nowProof(key, proof.nonce, now) },
  })
}
