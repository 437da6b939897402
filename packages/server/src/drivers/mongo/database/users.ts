import type { Fingerprint, UserName } from '@secure-chat/protocol'
import type { User, UserStore } from '../../../ports/index.ts'
import { insertedNew } from '../duplicates.ts'
import type { UserDocument } from '../models.ts'
import type { Engine } from './engine.ts'
import { makeKeyChanges } from './key-changes.ts'
import { makeListUsers } from './list-users.ts'

/** What `find` reads: not the key change with its proof, nor the presence. */
export const accountFields = {
  password_hash: 1,
  public_key: 1,
  fingerprint: 1,
  seq: 1,
  changed_at: 1,
  created_at: 1,
  is_suspended: 1,
} as const

/** The name is the document's key, and stays it when the account is removed, so the first insert wins for ever. */
export function makeUserStore(engine: Engine, remove: UserStore['remove']): UserStore {
  const { run } = engine
  const { users } = engine.models

  return {
    ...makeKeyChanges(engine),
    create: ({ name, passwordHash, publicKey, fingerprint, createdAt }) =>
      run(async () => {
        const isNew = await insertedNew(() =>
          users.insertOne({
            _id: name,
            is_removed: false,
            password_hash: passwordHash,
            public_key: publicKey,
            fingerprint,
            seq: 0,
            changed_at: createdAt,
            created_at: createdAt,
            is_suspended: false,
          }),
        )
        return isNew ? 'created' : 'taken'
      }),
    find: (name) =>
      run(async () => {
        const found = await users.findOne({ _id: name, is_removed: false }, accountFields).lean()
        return found === null ? undefined : userOf(found)
      }),
    list: makeListUsers(engine),
    setPasswordHash: (name, passwordHash, expected) =>
      run(async () => {
        const { matchedCount } = await users.updateOne(
          { _id: name, is_removed: false, password_hash: expected },
          { $set: { password_hash: passwordHash } },
        )
        return matchedCount > 0 ? 'changed' : 'conflict'
      }),
    setSuspended: (name, isSuspended) =>
      run(async () => {
        await users.updateOne(
          { _id: name, is_removed: false },
          { $set: { is_suspended: isSuspended } },
        )
      }),
    remove,
  }
}

/** Which of the names are accounts, by name. */
export async function livingOf(
  { models }: Pick<Engine, 'models'>,
  names: readonly string[],
): Promise<UserName[]> {
  if (names.length === 0) return []
  const found = await models.users
    .find({ _id: { $in: [...names] }, is_removed: false }, { _id: 1 })
    .sort({ _id: 1 })
    .lean()
  return found.map(({ _id }) => _id as UserName)
}

export function userOf(found: Pick<UserDocument, '_id' | keyof typeof accountFields>): User {
  return {
    name: found._id as UserName,
    passwordHash: found.password_hash ?? '',
    publicKey: found.public_key ?? '',
    fingerprint: (found.fingerprint ?? '') as Fingerprint,
    seq: found.seq ?? 0,
    changedAt: found.changed_at ?? 0,
    createdAt: found.created_at ?? 0,
    isSuspended: found.is_suspended ?? false,
  }
}
