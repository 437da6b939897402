import type { UserName } from '@secure-chat/protocol'
import type { Model, QueryFilter } from 'mongoose'
import type { DatabaseTransfer, TransferTable } from '../../../ports/index.ts'
import { retryDuplicates } from '../duplicates.ts'
import { unordered } from '../unordered.ts'
import { pairId } from './contacts.ts'
import type { Engine } from './engine.ts'
import { aliveAt, dateOf, fieldsOf, idOf, storedValueOf } from './plugin-storage.ts'
import { documentOf, sessionOf } from './sessions.ts'

/** One command's bound. */
const mostAtOnce = 250

/** Rows in pieces that a command takes. */
export async function inPieces<R>(
  rows: readonly R[],
  write: (piece: R[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += mostAtOnce) {
    await write(rows.slice(start, start + mostAtOnce))
  }
}

/** A table that has a collection of its own, whose `_id` sorts like the key of the rows. */
function makeTable<R, D extends { _id: string }>(
  { run }: Engine,
  o: {
    readonly model: Model<D>
    readonly idOf: (row: R) => string
    readonly documentOf: (row: R) => D
    readonly rowsOf: (found: D) => R[]
    readonly filter: (now: number) => Record<string, unknown>
  },
): TransferTable<R> {
  const { model } = o
  // The types of mongoose do not follow a document type that is a parameter.
  const byId = (id: unknown) => ({ _id: id }) as QueryFilter<D>
  return {
    page: ({ after, limit, now }) =>
      run(async () => {
        const behind = { _id: { $gt: after === undefined ? '' : o.idOf(after) }, ...o.filter(now) }
        const found = await model
          .find(behind as QueryFilter<D>)
          .hint({ _id: 1 })
          .sort({ _id: 1 })
          .limit(limit)
          .lean<D[]>()
        return found.flatMap(o.rowsOf)
      }),
    put: (rows) =>
      inPieces(rows, (piece) => {
        const replacements = piece.map((row) => ({
          replaceOne: {
            filter: { _id: o.idOf(row) },
            replacement: o.documentOf(row),
            upsert: true,
          },
        }))
        return run(() =>
          retryDuplicates(() =>
            model.bulkWrite(replacements as Parameters<typeof model.bulkWrite>[0], unordered),
          ),
        )
      }),
    remove: (rows) =>
      inPieces(rows, (piece) => run(() => model.deleteMany(byId({ $in: piece.map(o.idOf) })))),
  }
}

type OwnTables = Pick<
  DatabaseTransfer['tables'],
  'sessions' | 'contacts' | 'blocks' | 'claims' | 'pluginValues'
>

export function makeOwnTables(engine: Engine): OwnTables {
  const { sessions, contacts, blocks, claims, pluginValues } = engine.models
  return {
    sessions: makeTable(engine, {
      model: sessions,
      idOf: (row) => row.sidHash,
      documentOf,
      // Those that have ended have no expiry.
      filter: (now) => ({ expires_at: { $gt: now } }),
      rowsOf: (found) => [sessionOf(found) ?? []].flat(),
    }),
    contacts: makeTable(engine, {
      model: contacts,
      idOf: ({ user, other }) => pairId(user, other),
      documentOf: ({ user, other, at }) => ({ _id: pairId(user, other), user, other, at }),
      rowsOf: ({ user, other, at }) => [{ user: user as UserName, other: other as UserName, at }],
      filter: () => ({}),
    }),
    blocks: makeTable(engine, {
      model: blocks,
      idOf: ({ user, blocked }) => pairId(user, blocked),
      documentOf: ({ user, blocked }) => ({ _id: pairId(user, blocked), user, blocked }),
      rowsOf: ({ user, blocked }) => [{ user: user as UserName, blocked: blocked as UserName }],
      filter: () => ({}),
    }),
    claims: makeTable(engine, {
      model: claims,
      idOf: (row) => row.key,
      documentOf: ({ key, expiresAt }) => ({ _id: key, expires_at: new Date(expiresAt) }),
      rowsOf: (found) => [{ key: found._id, expiresAt: found.expires_at.getTime() }],
      filter: (now) => ({ expires_at: { $gt: new Date(now) } }),
    }),
    pluginValues: makeTable(engine, {
      model: pluginValues,
      idOf: ({ plugin, key }) => idOf(plugin, key),
      documentOf: ({ plugin, key, value, expiresAt }) => ({
        _id: idOf(plugin, key),
        plugin,
        key,
        ...fieldsOf(value).set,
        expires_at: dateOf(expiresAt ?? undefined),
      }),
      rowsOf: (found) => [
        {
          plugin: found.plugin,
          key: found.key,
          value: storedValueOf(found),
          expiresAt: found.expires_at?.getTime() ?? null,
        },
      ],
      filter: aliveAt,
    }),
  }
}
