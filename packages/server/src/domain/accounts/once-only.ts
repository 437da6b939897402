import { ChatError, limits } from '@secure-chat/protocol'
import type { ClaimStore, Clock } from '../../ports/index.ts'
import type { AuthenticatedSession } from '../sessions/sessions.ts'

/**
 * Claims a proof's nonce in the database, so that a captured account change cannot be replayed on
 * another node, whose own nonce memory has not seen it.
 *
 * @throws ChatError `token_replayed`
 */
export type OnceOnly = (session: AuthenticatedSession, nonce: string) => Promise<void>

export function makeOnceOnly({
  claims,
  clock,
}: {
  readonly claims: ClaimStore
  readonly clock: Clock
}): OnceOnly {
  return async (session, nonce) => {
    const now = clock.now()
    const key = `proof ${session.sidHash} ${nonce}`
    if (await claims.claim(key, { now, expiresAt: now + limits.nonceMemoryMs })) return
    throw new ChatError('token_replayed')
  }
}
