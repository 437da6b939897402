import type { Clock } from '../../ports/clock.ts'

export interface NonceMemory {
  /**
   * `fresh` once for every nonce of a session, then `seen`. `stale`: so old that the memory of its
   * time was given up, so nobody can tell whether it was seen.
   */
  use(sid: string, nonce: string, ts: number): 'fresh' | 'seen' | 'stale'
}

interface Generation {
  readonly nonces: Set<string>
  readonly since: number
  newestTs: number
}

interface SessionNonces {
  current: Generation
  previous: Generation
  /** Tokens up to this time are refused: their nonces were forgotten early. */
  forgottenTs: number
}

/**
 * Which nonces a session has used. Each is kept for at least `keepMs` of monotonic time (twice the
 * allowed skew: a token from the near end of the window can come back until its far end), in two
 * generations, so that forgetting costs nothing per nonce. A session holds at most `cap`; past it the
 * older generation goes early and its times with it, so a flood costs its own session only.
 * Strangers cannot fill it: only tokens with a good mac of a live session come here.
 */
export function makeNonceMemory({
  clock,
  keepMs,
  cap = 500_000,
}: {
  readonly clock: Clock
  readonly keepMs: number
  readonly cap?: number
}): NonceMemory {
  const sessions = new Map<string, SessionNonces>()
  let sweptAt = clock.monotonic()

  return {
    use(sid, nonce, ts) {
      const now = clock.monotonic()
      if (now - sweptAt > keepMs) sweep(now)
      const session = sessionOf(sid, now)
      if (ts <= session.forgottenTs) return 'stale'
      // Joined of two short parts it is a string of its own; the slice that it is would keep the whole header alive.
      const key = nonce.slice(0, 8) + nonce.slice(8)
      if (session.current.nonces.has(key) || session.previous.nonces.has(key)) return 'seen'
      turn(session, now)
      session.current.nonces.add(key)
      if (ts > session.current.newestTs) session.current.newestTs = ts
      return 'fresh'
    },
  }

  function sessionOf(sid: string, now: number): SessionNonces {
    const known = sessions.get(sid)
    if (known !== undefined) return known
    const made = { current: generation(now), previous: generation(now), forgottenTs: 0 }
    sessions.set(Buffer.from(sid, 'latin1').toString('latin1'), made)
    return made
  }

  /** Starts a new generation when the present one is old or full. */
  function turn(session: SessionNonces, now: number): void {
    const isOld = now - session.current.since >= keepMs
    if (!isOld && session.current.nonces.size < cap / 2) return
    if (!isOld && session.previous.nonces.size > 0) {
      session.forgottenTs = Math.max(session.forgottenTs, session.previous.newestTs)
    }
    session.previous = session.current
    session.current = generation(now)
  }

  function sweep(now: number): void {
    sweptAt = now
    for (const [sid, session] of sessions) {
      if (now - session.current.since >= 2 * keepMs) sessions.delete(sid)
    }
  }
}

function generation(since: number): Generation {
  return { nonces: new Set(), since, newestTs: 0 }
}
