import { retryDuplicates } from '../mongo/duplicates.ts'
import type { LaneStore } from './store.ts'

/** What of a mailbox is gone: 0 where nothing is. */
export interface Floor {
  /** Records before it belong to a mailbox that was removed. */
  readonly removedBefore: number
  /** Records before it were taken by retention, the one right before it among them. */
  readonly expiredBefore: number
}

export interface Floors {
  /**
   * To be asked after records were read: who deletes records raises the floor first, so a gap among those read shows
   * in the floor that is read later.
   */
  find(user: string): Promise<Floor>
  /** Records before these offsets belong to a mailbox that was removed; their documents are to be cleared away. */
  remove(removals: ReadonlyMap<string, number>): Promise<void>
  /** Records before these offsets go by age. */
  expire(expired: ReadonlyMap<string, number>): Promise<void>
}

const noFloor: Floor = { removedBefore: 0, expiredBefore: 0 }

/** A floor never sinks, whoever writes it and however late. */
export function makeFloors({ floors }: LaneStore): Floors {
  return {
    async find(user) {
      const found = await floors.findOne({ _id: user })
      if (found === null) return noFloor
      return {
        removedBefore: found.removed_before ?? 0,
        expiredBefore: found.expired_before ?? 0,
      }
    },
    async remove(removals) {
      await raise(removals, (before) => ({ removed_before: before, clear_before: before }))
    },
    async expire(expired) {
      await raise(expired, (before) => ({ expired_before: before }))
    },
  }

  async function raise(
    befores: ReadonlyMap<string, number>,
    fieldsOf: (before: number) => Record<string, number>,
  ): Promise<void> {
    if (befores.size === 0) return
    await retryDuplicates(() =>
      floors.bulkWrite(
        [...befores].map(([user, before]) => ({
          updateOne: { filter: { _id: user }, update: { $max: fieldsOf(before) }, upsert: true },
        })),
        { ordered: false },
      ),
    )
  }
}
