import type { KeyChange, UserStore } from '../../../ports/index.ts'
import { insertedNew } from '../duplicates.ts'
import type { ChangeFields, KeyChangeDocument } from '../models.ts'
import type { Engine } from './engine.ts'

const changeFields = {
  seq: 1,
  old_key: 1,
  old_fingerprint: 1,
  new_key: 1,
  at: 1,
  proof: 1,
} as const

/**
 * The newest change is written in one step with the key, in the user's document. Before the next one takes its place it
 * is filed in `key_changes`, where it may lie twice for a while (in both places), never in none: no crash loses one
 * or shows one that was not made.
 */
export function makeKeyChanges({
  models: { users, keyChanges },
  run,
}: Engine): Pick<UserStore, 'changeKey' | 'keyChanges' | 'hadKey'> {
  /** Again is harmless: what a seq was is decided. */
  async function file(name: string, change: ChangeFields): Promise<void> {
    await insertedNew(() => keyChanges.insertOne(filed(name, change)))
  }

  return {
    changeKey: (name, { expectedSeq, publicKey, fingerprint, at, proof }) =>
      run(async () => {
        const user = await users
          .findOne(
            { _id: name, is_removed: false },
            { seq: 1, public_key: 1, fingerprint: 1, change: 1 },
          )
          .lean()
        if (user?.seq !== expectedSeq) return 'conflict'
        if (user.change) await file(name, user.change)
        const seq = expectedSeq + 1
        const { matchedCount } = await users.updateOne(
          { _id: name, is_removed: false, seq: expectedSeq },
          {
            $set: {
              public_key: publicKey,
              fingerprint,
              seq,
              changed_at: at,
              change: {
                seq,
                old_key: user.public_key,
                old_fingerprint: user.fingerprint,
                new_key: publicKey,
                at,
                proof: JSON.stringify(proof ?? null),
              },
            },
          },
        )
        if (matchedCount > 0) return 'changed'
        // Removed meanwhile, and what hung on it cleared away before this came.
        const isThere = await users.exists({ _id: name, is_removed: false })
        if (isThere === null) await keyChanges.deleteMany(ofName(name))
        return 'conflict'
      }),

    keyChanges: (name, limit) =>
      run(async () => {
        if (limit <= 0) return []
        // The document first: a change that is filed in between is then seen at least once.
        const user = await users
          .findOne({ _id: name, is_removed: false }, { seq: 1, change: 1 })
          .lean()
        if (user === null) return []
        const newest = user.change ? [user.change] : []
        const before = newest[0]?.seq ?? (user.seq ?? 0) + 1
        const older = await keyChanges
          .find({ _id: { $gte: changeId(name, 0), $lt: changeId(name, before) } }, changeFields)
          .sort({ _id: -1 })
          .limit(limit)
          .lean()
        return [...newest, ...older].slice(0, limit).reverse().map(changeOf)
      }),

    hadKey: (name, fingerprint) =>
      run(async () => {
        const user = await users.findOne({ _id: name, is_removed: false }, { change: 1 }).lean()
        if (user === null) return false
        if (user.change?.old_fingerprint === fingerprint) return true
        return (await keyChanges.exists({ name, old_fingerprint: fingerprint })) !== null
      }),
  }
}

/** Those of a name, by seq: a space comes before every letter of a name. */
export function ofName(name: string) {
  return { _id: { $gte: `${name} `, $lt: `${name}!` } }
}

/** Sorts like name and seq. */
export function changeId(name: string, seq: number): string {
  return `${name} ${String(seq).padStart(10, '0')}`
}

function filed(name: string, change: ChangeFields): KeyChangeDocument {
  return { ...change, _id: changeId(name, change.seq), name }
}

function changeOf(found: ChangeFields): KeyChange {
  return {
    seq: found.seq,
    oldKey: found.old_key,
    newKey: found.new_key,
    at: found.at,
    proof: JSON.parse(found.proof),
  }
}
