import type { SessionStore } from '../../../ports/index.ts'
import { databaseTime } from './database-time.ts'
import type { Engine } from './engine.ts'

/** How long a removal is told. */
const rememberedMs = 10 * 60_000
/** How far behind the mark is asked again; see below. */
const overlapMs = 60_000

/**
 * The mark is the database's time at the last answer. A removal is stamped by the same clock when it is applied, and
 * seen a moment later, so an earlier stamp can appear after a later one: each answer begins a minute before its mark.
 * Whoever asks takes a repeat for what it is. A clock that was set back by more than that is told as `missed`.
 */
export function makeRevokedSince(engine: Engine): SessionStore['revokedSince'] {
  const { sessions } = engine.models
  return (mark) =>
    engine.run(async () => {
      const now = await databaseTime(engine)
      if (mark === undefined) return { sidHashes: [], mark: String(now), missed: false }
      const since = Number(mark)
      const from = Math.max(since - overlapMs, now - rememberedMs - overlapMs)
      const found = await sessions
        .find({ revoked_at: { $gte: new Date(from) } }, { _id: 1 })
        .sort({ revoked_at: 1 })
        .lean()
      return {
        sidHashes: found.map(({ _id }) => _id),
        mark: String(now),
        missed: now - since > rememberedMs || since - now > overlapMs,
      }
    })
}
