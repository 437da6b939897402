import { createHash, type KeyObject } from 'node:crypto'
import { ChatError, type ErrorCode, type UserName } from '@secure-chat/protocol'
import type { Clock, Log, Session, SessionStore } from '../../ports/index.ts'
import { makeSessionCache } from './session-cache.ts'
import type { SessionEvents } from './session-events.ts'
import type { SessionKeys } from './session-keys.ts'
import { type AuthenticatedSession, expiryOf, publicName } from './session-life.ts'

export type { AuthenticatedSession }

export interface OpenedSession {
  readonly sid: Buffer
  readonly key: Buffer
  readonly sessionId: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface ListedSession extends AuthenticatedSession {
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly client: string
}

export interface Sessions {
  open(user: UserName, client: string): Promise<OpenedSession>
  /** K of a session that this node has seen used lately. */
  keyOf(sid: string): { readonly key: KeyObject; readonly secretId: string } | undefined
  /** Keeps K of a session that `find` has found, in memory and no longer than the session. */
  keepKey(sid: string, key: Uint8Array): void
  /** The live session of a sid whose mac was good; at once when this node knows it. */
  find(
    sid: string,
    secretId: string,
  ): AuthenticatedSession | undefined | Promise<AuthenticatedSession | undefined>
  /** For a call whose proof was good when its headers came: whether the session has ended since. */
  hasEnded(session: AuthenticatedSession): boolean
  list(user: UserName): Promise<ListedSession[]>
  /** @throws ChatError `no_such_session` */
  endByName(user: UserName, sessionId: string): Promise<void>
  end(session: AuthenticatedSession, code?: ErrorCode): Promise<void>
  /** All of a user's, or all but one. */
  endAll(
    user: UserName,
    options?: { readonly except?: string; readonly code?: ErrorCode },
  ): Promise<void>
  /** While held (an open stream), a session counts as used. The answer lets go. */
  hold(session: AuthenticatedSession): () => void
  start(): void
  close(): Promise<void>
}

/** Sessions of users, their ends, and the memory that makes a look-up free on the path of every call. */
export function makeSessions({
  store,
  keys,
  clock,
  events,
  log,
}: {
  readonly store: SessionStore
  readonly keys: SessionKeys
  readonly clock: Clock
  readonly events: SessionEvents
  readonly log: Log
}): Sessions {
  const cache = makeSessionCache({ store, clock, events, log })

  async function endHashes(
    user: UserName,
    sidHashes: readonly string[],
    code: ErrorCode,
  ): Promise<void> {
    for (const sidHash of sidHashes) {
      cache.forget(sidHash)
      const sessionId = publicName(sidHash)
      log.info({ event: 'session.ended', user, session_id: sessionId, code }, 'session ended')
      events.ended({ sidHash, sessionId, user, code, isHere: true })
    }
  }

  return {
    async open(user, client) {
      const { sid, key, secretId } = keys.make()
      const now = clock.now()
      const sidHash = createHash('sha256').update(sid).digest('hex')
      const session: Session = {
        sidHash,
        user,
        secretId,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: expiryOf(now, now),
        client,
      }
      await store.create(session)
      return { sid, key, sessionId: publicName(sidHash), expiresAt: session.expiresAt }
    },

    keyOf: cache.keyOf,
    keepKey: cache.keepKey,
    find: cache.find,
    hold: cache.hold,
    hasEnded: ({ sidHash }) => cache.hasEnded(sidHash),

    async list(user) {
      const found = await store.listByUser(user, clock.now())
      return found.map((session) => {
        const lastUsedAt = Math.max(session.lastUsedAt, cache.lastUsedAt(session.sidHash) ?? 0)
        return {
          sidHash: session.sidHash,
          sessionId: publicName(session.sidHash),
          user,
          createdAt: session.createdAt,
          lastUsedAt,
          expiresAt: expiryOf(session.createdAt, lastUsedAt),
          client: session.client,
        }
      })
    },

    async endByName(user, sessionId) {
      const found = await store.listByUser(user, clock.now())
      const sidHash = found.find((session) => publicName(session.sidHash) === sessionId)?.sidHash
      const removed = sidHash === undefined ? [] : await store.remove([sidHash], clock.now())
      if (removed.length === 0) {
        throw new ChatError('no_such_session', `You have no session ${sessionId}.`)
      }
      await endHashes(user, removed, 'token_invalid')
    },

    async end(session, code = 'token_invalid') {
      await endHashes(session.user, await store.remove([session.sidHash], clock.now()), code)
    },

    async endAll(user, { except, code = 'token_invalid' } = {}) {
      const options = { now: clock.now(), ...(except !== undefined && { except }) }
      await endHashes(user, await store.removeByUser(user, options), code)
    },

    start: cache.start,
    close: cache.close,
  }
}
