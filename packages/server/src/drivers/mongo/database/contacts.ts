import type { UserName } from '@secure-chat/protocol'
import type { BlockStore, ContactStore } from '../../../ports/index.ts'
import { retryDuplicates } from '../duplicates.ts'
import { unordered } from '../unordered.ts'
import type { Engine } from './engine.ts'
import { ofName } from './key-changes.ts'
import { livingOf } from './users.ts'

/** Sorts like the two names. */
export function pairId(user: string, other: string): string {
  return `${user} ${other}`
}

/**
 * Runs a write that holds two accounts together, and undoes it when one of them was removed meanwhile: its rows may
 * have been cleared away before this one came.
 */
async function betweenLiving(
  engine: Engine,
  names: readonly [UserName, UserName],
  write: () => Promise<unknown>,
  undo: () => Promise<unknown>,
): Promise<void> {
  const areLiving = async () => (await livingOf(engine, names)).length === new Set(names).size
  if (!(await areLiving())) return
  await write()
  if (!(await areLiving())) await undo()
}

export function makeContactStore(engine: Engine): ContactStore {
  const { contacts } = engine.models
  return {
    touch: (a, b, at) => {
      const directions: ReadonlyArray<readonly [UserName, UserName]> = [
        [a, b],
        [b, a],
      ]
      const upserts = directions.map(([user, other]) => ({
        updateOne: {
          filter: { _id: pairId(user, other) },
          update: { $max: { at }, $setOnInsert: { user, other } },
          upsert: true,
        },
      }))
      return engine.run(() =>
        betweenLiving(
          engine,
          [a, b],
          () => retryDuplicates(() => contacts.bulkWrite(upserts, unordered)),
          () => contacts.deleteMany({ _id: { $in: [pairId(a, b), pairId(b, a)] } }),
        ),
      )
    },
    list: (user, since) =>
      engine.run(async () => {
        const found = await contacts
          .find({ ...ofName(user), at: { $gte: since } }, { other: 1 })
          .lean()
        // Nobody is shown who is removed, even where the rows are not cleared away yet.
        return livingOf(
          engine,
          found.map(({ other }) => other),
        )
      }),
  }
}

export function makeBlockStore(engine: Engine): BlockStore {
  const { blocks } = engine.models
  return {
    add: (user, blocked) => {
      const _id = pairId(user, blocked)
      return engine.run(() =>
        betweenLiving(
          engine,
          [user, blocked],
          () =>
            retryDuplicates(() =>
              blocks.updateOne({ _id }, { $setOnInsert: { user, blocked } }, { upsert: true }),
            ),
          () => blocks.deleteOne({ _id }),
        ),
      )
    },
    remove: (user, blocked) =>
      engine.run(async () => {
        await blocks.deleteOne({ _id: pairId(user, blocked) })
      }),
    list: (user) =>
      engine.run(async () => {
        const found = await blocks.find(ofName(user), { blocked: 1 }).sort({ _id: 1 }).lean()
        return found.map(({ blocked }) => blocked as UserName)
      }),
  }
}
