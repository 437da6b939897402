import type { Fingerprint, PresenceState, UserName } from '@secure-chat/protocol'
import type { DatabaseTransfer, TransferRows, TransferTable } from '../../../ports/index.ts'
import { retryDuplicates } from '../duplicates.ts'
import type { KeyChangeDocument } from '../models.ts'
import { unordered } from '../unordered.ts'
import type { Engine } from './engine.ts'
import { changeId } from './key-changes.ts'
import { inPieces } from './transfer-tables.ts'
import { accountFields, userOf } from './users.ts'

const byName = { is_removed: 1, _id: 1 } as const

/** Accounts and the names of removed ones: one collection, told apart by `is_removed`. */
export function makeUserTables({
  models: { users },
  run,
}: Engine): Pick<DatabaseTransfer['tables'], 'users' | 'removedNames'> {
  const remove = (is_removed: boolean) => (rows: readonly { name: UserName }[]) =>
    inPieces(rows, (piece) =>
      run(() => users.deleteMany({ _id: { $in: piece.map(({ name }) => name) }, is_removed })),
    )
  return {
    users: {
      page: ({ after, limit }) =>
        run(async () => {
          const found = await users
            .find({ is_removed: false, _id: { $gt: after?.name ?? '' } }, accountFields)
            .hint(byName)
            .sort({ _id: 1 })
            .limit(limit)
            .lean()
          return found.map(userOf)
        }),
      put: (rows) =>
        inPieces(rows, (piece) =>
          run(() =>
            retryDuplicates(() =>
              users.bulkWrite(
                piece.map((row) => ({
                  updateOne: {
                    filter: { _id: row.name },
                    // The rest of the document is of other tables.
                    update: { $set: accountOf(row), $unset: { clear_at: 1 as const } },
                    upsert: true,
                  },
                })),
                unordered,
              ),
            ),
          ),
        ),
      remove: remove(false),
    },
    removedNames: {
      page: ({ after, limit }) =>
        run(async () => {
          const found = await users
            .find({ is_removed: true, _id: { $gt: after?.name ?? '' } }, { _id: 1 })
            .hint(byName)
            .sort({ _id: 1 })
            .limit(limit)
            .lean()
          return found.map(({ _id }) => ({ name: _id as UserName }))
        }),
      put: (rows) =>
        inPieces(rows, (piece) =>
          run(() =>
            retryDuplicates(() =>
              users.bulkWrite(
                piece.map(({ name }) => ({
                  replaceOne: {
                    filter: { _id: name },
                    replacement: { is_removed: true },
                    upsert: true,
                  },
                })),
                unordered,
              ),
            ),
          ),
        ),
      remove: remove(true),
    },
  }
}

function accountOf(row: TransferRows['users']) {
  return {
    is_removed: false,
    password_hash: row.passwordHash,
    public_key: row.publicKey,
    fingerprint: row.fingerprint,
    seq: row.seq,
    changed_at: row.changedAt,
    created_at: row.createdAt,
    is_suspended: row.isSuspended,
  }
}

/** The newest change of an account may stand in its document; those that are put are all filed in `key_changes`. */
export function makeKeyChangeTable({
  models: { users, keyChanges },
  run,
}: Engine): TransferTable<TransferRows['keyChanges']> {
  /** What is filed, or removed, stands in the document no longer. */
  async function clearNewest(rows: readonly TransferRows['keyChanges'][]): Promise<void> {
    await users.bulkWrite(
      rows.map(({ name, seq }) => ({
        updateOne: { filter: { _id: name, 'change.seq': seq }, update: { $unset: { change: 1 } } },
      })),
      unordered,
    )
  }

  return {
    page: ({ after, limit }) =>
      run(async () => {
        const isBehind = ({ name, seq }: { name: string; seq: number }) =>
          after === undefined || name > after.name || seq > after.seq
        // The documents first: a change that is filed in between is then seen at least once.
        const newest = await users
          .find(
            {
              is_removed: false,
              _id: { $gte: after?.name ?? '' },
              'change.seq': { $exists: true },
            },
            { change: 1 },
          )
          .hint(byName)
          .sort({ _id: 1 })
          .limit(limit + 1)
          .lean()
        const filed = await keyChanges
          .find({ _id: { $gt: after === undefined ? '' : changeId(after.name, after.seq) } })
          .sort({ _id: 1 })
          .limit(limit)
          .lean()
        const byId = new Map<string, KeyChangeDocument>(filed.map((each) => [each._id, each]))
        for (const { _id: name, change } of newest) {
          if (change === undefined || !isBehind({ name, seq: change.seq })) continue
          const _id = changeId(name, change.seq)
          byId.set(_id, { ...change, _id, name })
        }
        return [...byId.values()]
          .sort((a, b) => (a._id < b._id ? -1 : 1))
          .slice(0, limit)
          .map(rowOfChange)
      }),
    put: (rows) =>
      inPieces(rows, (piece) =>
        run(async () => {
          await retryDuplicates(() =>
            keyChanges.bulkWrite(
              piece.map((row) => ({
                replaceOne: {
                  filter: { _id: changeId(row.name, row.seq) },
                  replacement: documentOfChange(row),
                  upsert: true,
                },
              })),
              unordered,
            ),
          )
          await clearNewest(piece)
        }),
      ),
    remove: (rows) =>
      inPieces(rows, (piece) =>
        run(async () => {
          await clearNewest(piece)
          await keyChanges.deleteMany({
            _id: { $in: piece.map(({ name, seq }) => changeId(name, seq)) },
          })
        }),
      ),
  }
}

function documentOfChange(row: TransferRows['keyChanges']): KeyChangeDocument {
  return {
    _id: changeId(row.name, row.seq),
    name: row.name,
    seq: row.seq,
    old_key: row.oldKey,
    old_fingerprint: row.oldFingerprint,
    new_key: row.newKey,
    at: row.at,
    proof: JSON.stringify(row.proof ?? null),
  }
}

function rowOfChange(found: KeyChangeDocument): TransferRows['keyChanges'] {
  return {
    name: found.name as UserName,
    seq: found.seq,
    oldKey: found.old_key,
    oldFingerprint: found.old_fingerprint as Fingerprint,
    newKey: found.new_key,
    at: found.at,
    proof: JSON.parse(found.proof),
  }
}

export function makePresenceTable({
  models: { users },
  run,
}: Engine): TransferTable<TransferRows['presence']> {
  return {
    page: ({ after, limit }) =>
      run(async () => {
        const found = await users
          .find(
            {
              is_removed: false,
              _id: { $gt: after?.name ?? '' },
              'presence.last_seen_at': { $exists: true },
            },
            { presence: 1 },
          )
          .hint(byName)
          .sort({ _id: 1 })
          .limit(limit)
          .lean()
        return found.flatMap(({ _id, presence }) =>
          presence === undefined
            ? []
            : [
                {
                  name: _id as UserName,
                  state: presence.state as PresenceState,
                  text: presence.text,
                  lastSeenAt: presence.last_seen_at,
                },
              ],
        )
      }),
    put: (rows) =>
      inPieces(rows, (piece) =>
        run(() =>
          users.bulkWrite(
            piece.map(({ name, state, text, lastSeenAt }) => ({
              updateOne: {
                filter: { _id: name, is_removed: false },
                update: {
                  $set: {
                    'presence.state': state,
                    'presence.text': text,
                    'presence.last_seen_at': lastSeenAt,
                  },
                  $currentDate: { 'presence.changed_at': true as const },
                },
              },
            })),
            unordered,
          ),
        ),
      ),
    remove: (rows) =>
      inPieces(rows, (piece) =>
        run(() =>
          users.updateMany(
            { _id: { $in: piece.map(({ name }) => name) } },
            { $unset: { presence: 1 } },
          ),
        ),
      ),
  }
}
