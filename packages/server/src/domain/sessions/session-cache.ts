import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { limits } from '@secure-chat/protocol'
import type { Clock, Log, Session, SessionStore } from '../../ports/index.ts'
import { makeBackground } from '../common/background.ts'
import type { SessionEvents } from './session-events.ts'
import { type AuthenticatedSession, expiryOf, publicName } from './session-life.ts'

interface Entry {
  readonly sid: string
  readonly session: AuthenticatedSession
  readonly secretId: string
  lastUsedAt: number
  /** Last use as the database knows it; a use is written only when it moved by more than `touchAfterMs`. */
  writtenAt: number
  expiresAt: number
  holds: number
  key: KeyObject | undefined
}

export interface SessionCache {
  /** K of a session that this node has seen used, ready for an HMAC. */
  keyOf(sid: string): { readonly key: KeyObject; readonly secretId: string } | undefined
  /** Of a session that `find` has found; forgotten with it. */
  keepKey(sid: string, key: Uint8Array): void
  find(
    sid: string,
    secretId: string,
  ): AuthenticatedSession | undefined | Promise<AuthenticatedSession | undefined>
  forget(sidHash: string): void
  /** Whether it ended in the last minute, which is longer than any request may take. */
  hasEnded(sidHash: string): boolean
  lastUsedAt(sidHash: string): number | undefined
  hold(session: AuthenticatedSession): () => void
  start(): void
  close(): Promise<void>
}

const pollMs = limits.revocationMaxDelayMs / 2
const touchAfterMs = 60_000
const sweepMs = 60_000
/** About 80 MB; a session beyond it costs a read at its next call. */
const maxRemembered = 200_000
const removeExpiredMs = 3_600_000

/**
 * Sessions this node has seen used, so that a call costs no read. A cached session holds only while
 * this node hears of removals: when the poll of `revokedSince` has not answered for 2 s, every look-up
 * goes to the database again (and fails with it, rather than letting an ended session through).
 */
export function makeSessionCache({
  store,
  clock,
  events,
  log,
}: {
  readonly store: SessionStore
  readonly clock: Clock
  readonly events: SessionEvents
  readonly log: Log
}): SessionCache {
  const bySid = new Map<string, Entry>()
  const byHash = new Map<string, Entry>()
  /** Ended a moment ago: a look-up that began before must not bring it back. */
  const ended = new Map<string, number>()
  let mark: string | undefined
  let heardAt = Number.NEGATIVE_INFINITY
  const background = makeBackground({ clock, log })

  function find(sid: string, secretId: string) {
    const entry = bySid.get(sid)
    if (entry === undefined || clock.monotonic() - heardAt > limits.revocationMaxDelayMs) {
      return load(sid, secretId)
    }
    const now = clock.now()
    if (now >= entry.expiresAt) return load(sid, secretId)
    if (entry.secretId !== secretId) return undefined
    if (now > entry.lastUsedAt) entry.lastUsedAt = now
    return entry.session
  }

  async function load(sid: string, secretId: string): Promise<AuthenticatedSession | undefined> {
    const sidHash = createHash('sha256').update(sid, 'base64url').digest('hex')
    const found = await store.find(sidHash)
    const now = clock.now()
    if (found === undefined || now >= found.expiresAt) {
      drop(sidHash)
      return undefined
    }
    if (found.secretId !== secretId || ended.has(sidHash)) return undefined
    return remember(sid, found, now).session
  }

  function remember(sid: string, found: Session, now: number): Entry {
    const known = byHash.get(found.sidHash)
    if (known !== undefined) {
      known.lastUsedAt = now
      known.expiresAt = Math.max(known.expiresAt, found.expiresAt)
      return known
    }
    const entry: Entry = {
      // A copy: a slice of the header would keep the whole header alive.
      sid: Buffer.from(sid, 'latin1').toString('latin1'),
      session: {
        sidHash: found.sidHash,
        sessionId: publicName(found.sidHash),
        user: found.user,
        createdAt: found.createdAt,
      },
      secretId: found.secretId,
      lastUsedAt: now,
      writtenAt: found.lastUsedAt,
      expiresAt: found.expiresAt,
      holds: 0,
      key: undefined,
    }
    bySid.set(entry.sid, entry)
    byHash.set(found.sidHash, entry)
    return entry
  }

  function drop(sidHash: string): Entry | undefined {
    const entry = byHash.get(sidHash)
    if (entry === undefined) return undefined
    byHash.delete(sidHash)
    bySid.delete(entry.sid)
    return entry
  }

  function forget(sidHash: string): Entry | undefined {
    ended.set(sidHash, clock.monotonic())
    return drop(sidHash)
  }

  async function poll(): Promise<void> {
    const askedAt = clock.monotonic()
    const answer = await store.revokedSince(mark)
    mark = answer.mark
    if (answer.missed) await recheckAll()
    heardAt = askedAt
    for (const sidHash of answer.sidHashes) {
      if (ended.has(sidHash)) continue
      const entry = forget(sidHash)
      if (entry !== undefined) announceEnd(entry)
    }
  }

  /** Removals happened that nobody tells any more. */
  async function recheckAll(): Promise<void> {
    for (const [sidHash, entry] of [...byHash]) {
      if ((await store.find(sidHash)) !== undefined) continue
      forget(sidHash)
      announceEnd(entry)
    }
  }

  function announceEnd({ session: { sidHash, sessionId, user } }: Entry): void {
    events.ended({ sidHash, sessionId, user, code: 'token_invalid', isHere: false })
  }

  async function writeUses(): Promise<void> {
    const used = [...byHash.values()].filter(
      (entry) => entry.lastUsedAt - entry.writtenAt > touchAfterMs,
    )
    if (used.length === 0) return
    await store.touch(
      used.map((entry) => {
        entry.expiresAt = expiryOf(entry.session.createdAt, entry.lastUsedAt)
        return {
          sidHash: entry.session.sidHash,
          lastUsedAt: entry.lastUsedAt,
          expiresAt: entry.expiresAt,
        }
      }),
    )
    for (const entry of used) entry.writtenAt = entry.lastUsedAt
  }

  async function sweep(): Promise<void> {
    const now = clock.now()
    for (const entry of byHash.values()) {
      if (entry.holds > 0) entry.lastUsedAt = now
    }
    await writeUses()
    for (const [sidHash, entry] of byHash) {
      if (now >= entry.expiresAt) {
        drop(sidHash)
        announceEnd(entry)
      }
    }
    for (const [sidHash, entry] of byHash) {
      if (byHash.size <= maxRemembered) break
      if (entry.holds === 0) drop(sidHash)
    }
    for (const [sidHash, at] of ended) {
      if (clock.monotonic() - at > sweepMs) ended.delete(sidHash)
    }
  }

  return {
    keyOf(sid) {
      const entry = bySid.get(sid)
      return entry?.key && { key: entry.key, secretId: entry.secretId }
    },
    keepKey(sid, key) {
      const entry = bySid.get(sid)
      if (entry !== undefined) entry.key = createSecretKey(key)
    },
    find,
    forget,
    hasEnded: (sidHash) => ended.has(sidHash),
    lastUsedAt: (sidHash) => byHash.get(sidHash)?.lastUsedAt,
    hold(session) {
      const entry = byHash.get(session.sidHash)
      if (entry === undefined) return () => {}
      entry.holds += 1
      return () => {
        entry.holds -= 1
      }
    },
    start() {
      poll().catch((error: unknown) =>
        log.warn({ err: error, work: 'revocations' }, 'background work failed'),
      )
      background.repeat('revocations', pollMs, poll)
      background.repeat('session uses', sweepMs, sweep)
      background.repeat('expired sessions', removeExpiredMs, () => store.removeExpired(clock.now()))
    },
    async close() {
      await background.close()
      await writeUses()
    },
  }
}
