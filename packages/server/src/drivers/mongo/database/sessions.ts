import type { UserName } from '@secure-chat/protocol'
import type { Session, SessionStore } from '../../../ports/index.ts'
import type { SessionDocument } from '../models.ts'
import { unordered } from '../unordered.ts'
import type { Engine } from './engine.ts'
import { makeRevokedSince } from './revocations.ts'

/** One command's bound for work over many documents. */
const mostAtOnce = 500

/** A session ends by becoming the word of its end: one step, so no crash comes between the two. */
const ended = {
  $unset: {
    user: 1,
    secret_id: 1,
    created_at: 1,
    last_used_at: 1,
    expires_at: 1,
    client: 1,
  },
  $currentDate: { revoked_at: true },
} as const

export function makeSessionStore(engine: Engine): SessionStore {
  const { run } = engine
  const { sessions } = engine.models

  /** Answers those that were there: of two who end a session at the same time one ended it. */
  async function endAll(sidHashes: readonly string[]): Promise<string[]> {
    const removed: string[] = []
    for (let start = 0; start < sidHashes.length; start += mostAtOnce) {
      await Promise.all(
        sidHashes.slice(start, start + mostAtOnce).map(async (_id) => {
          const { modifiedCount } = await sessions.updateOne(
            { _id, user: { $exists: true } },
            ended,
          )
          if (modifiedCount > 0) removed.push(_id)
        }),
      )
    }
    return removed
  }

  return {
    create: (session) =>
      run(async () => {
        await sessions.insertOne(documentOf(session))
      }),
    find: (sidHash) =>
      run(async () => {
        const found = await sessions.findById(sidHash).lean()
        return found === null ? undefined : sessionOf(found)
      }),
    listByUser: (user, now) =>
      run(async () => {
        const found = await sessions
          .find({ user, expires_at: { $gt: now } })
          .sort({ created_at: -1, _id: 1 })
          .lean()
        return found.flatMap((each) => sessionOf(each) ?? [])
      }),
    remove: (sidHashes) => run(() => endAll(sidHashes)),
    removeByUser: (user, { except }) =>
      run(async () => {
        const found = await sessions.find({ user }, { _id: 1 }).lean()
        return endAll(found.map(({ _id }) => _id).filter((sidHash) => sidHash !== except))
      }),
    async touch(uses) {
      for (let start = 0; start < uses.length; start += mostAtOnce) {
        await run(() =>
          sessions.bulkWrite(
            uses.slice(start, start + mostAtOnce).map(({ sidHash, lastUsedAt, expiresAt }) => ({
              updateOne: {
                filter: { _id: sidHash, user: { $exists: true } },
                update: { $max: { last_used_at: lastUsedAt, expires_at: expiresAt } },
              },
            })),
            unordered,
          ),
        )
      }
    },
    revokedSince: makeRevokedSince(engine),
    async removeExpired(now) {
      const isOld = { expires_at: { $lte: now } }
      let removed = 0
      for (;;) {
        const [found, count] = await run(async () => {
          const old = await sessions.find(isOld, { _id: 1 }).limit(mostAtOnce).lean()
          if (old.length === 0) return [0, 0] as const
          // Asked again, because one of them may have been used meanwhile.
          const ids = { _id: { $in: old.map(({ _id }) => _id) } }
          const { deletedCount } = await sessions.deleteMany({ ...ids, ...isOld })
          return [old.length, deletedCount] as const
        })
        removed += count
        if (found < mostAtOnce) return removed
      }
    },
  }
}

export function documentOf(session: Session): SessionDocument {
  return {
    _id: session.sidHash,
    user: session.user,
    secret_id: session.secretId,
    created_at: session.createdAt,
    last_used_at: session.lastUsedAt,
    expires_at: session.expiresAt,
    client: session.client,
  }
}

/** Undefined for one that has ended. */
export function sessionOf(found: SessionDocument): Session | undefined {
  if (found.user === undefined) return undefined
  return {
    sidHash: found._id,
    user: found.user as UserName,
    secretId: found.secret_id ?? '',
    createdAt: found.created_at ?? 0,
    lastUsedAt: found.last_used_at ?? 0,
    expiresAt: found.expires_at ?? 0,
    client: found.client ?? '',
  }
}
