import { createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  ChatError,
  limits,
  nowProof,
  type Proof,
  parseProof,
  parseSessionKey,
  proofMac,
} from '@secure-chat/protocol'
import type { Clock } from '../../ports/index.ts'
import type { NonceMemory } from './nonce-memory.ts'
import type { SessionKeys } from './session-keys.ts'
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
  /** Once the body is here, which may be long after `check`. @throws ChatError `token_invalid` when the session ended meanwhile */
  recheck(session: AuthenticatedSession): void
  /** Ends the session of a bare, genuine session key and throws `session_key_exposed`; anything else resolves. */
  endIfExposed(text: string): Promise<void>
}

type SessionKey = Buffer | KeyObject

interface Genuine {
  readonly key: SessionKey
  readonly secretId: string
  /** Set when it is not in memory yet. */
  readonly derived: Buffer | undefined
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
  const nobodysKey = createSecretKey(randomBytes(32))

  function checkTime(proof: Proof, key: SessionKey, session: AuthenticatedSession): CheckedProof {
    const now = clock.now()
    if (Math.abs(now - proof.ts) > limits.proofMaxSkewMs || proof.ts < startedAt) {
      throw stale(proof, key, now)
    }
    const use = nonces.use(proof.sid, proof.nonce, proof.ts)
    if (use === 'stale') throw stale(proof, key, now)
    if (use === 'seen') throw new ChatError('token_replayed')
    return { session, proof }
  }

  /**
   * The key under which the mac is good. A session in use has its key in memory; where that fails,
   * and for every other sid, the keys are derived: so a forged token costs the same for a sid that is
   * in use and for one that never was.
   */
  function keyUnderMac(proof: Proof, head: SignedHead): Genuine | undefined {
    const input = {
      method: head.method,
      target: head.target,
      mediaType: head.mediaType,
      ts: proof.ts,
      nonce: proof.nonce,
      bodyHash: proof.bodyHash,
    }
    const known = sessions.keyOf(proof.sid)
    if (timingSafeEqual(proofMac(known?.key ?? nobodysKey, input), proof.mac) && known) {
      return { key: known.key, secretId: known.secretId, derived: undefined }
    }
    for (const secret of keys.secrets) {
      const key = secret.deriveKey(proof.sidBytes)
      if (timingSafeEqual(proofMac(key, input), proof.mac)) {
        return { key, secretId: secret.id, derived: key }
      }
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
      const genuine = keyUnderMac(proof, head)
      if (genuine === undefined) throw invalidToken()
      const session = sessions.find(proof.sid, genuine.secretId)
      if (session === undefined) throw invalidToken()
      if (session instanceof Promise) return checkFound(proof, genuine, session)
      return checkTime(proof, genuine.key, session)
    },
    recheck(session) {
      if (sessions.hasEnded(session)) throw invalidToken()
    },
    endIfExposed,
  }

  async function checkFound(
    proof: Proof,
    { key, derived }: Genuine,
    finding: Promise<AuthenticatedSession | undefined>,
  ): Promise<CheckedProof> {
    const session = await finding
    if (session === undefined) throw invalidToken()
    if (derived !== undefined) sessions.keepKey(proof.sid, derived)
    return checkTime(proof, key, session)
  }

  async function refuseMalformed(bearer: string): Promise<never> {
    await endIfExposed(bearer)
    throw invalidToken()
  }
}

function invalidToken(): ChatError {
  return new ChatError('token_invalid')
}

function stale(proof: Proof, key: SessionKey, now: number): ChatError {
  return new ChatError('token_stale', undefined, {
    members: { now, now_proof: nowProof(key, proof.nonce, now) },
  })
}
