import type { RawRecord } from '../../kafka/wire/decode-records.ts'
import { isDuplicate } from '../../mongo/failure.ts'
import type { Floors } from '../floors.ts'
import { recordId } from '../record-id.ts'
import type { LaneStore, RecordDocument } from '../store.ts'
import type { Portion } from './followed-lane.ts'

/** Far above any record of this server, below what a document may hold. */
const mostBytes = 8 * 1024 * 1024

/**
 * Writes what lanes hold: first what was removed, then records, then how far each lane is written. Each step may be done
 * again, and by two nodes at once: the documents follow from the lane alone, and floors and positions only rise.
 */
export async function writePortions(o: {
  readonly store: LaneStore
  readonly floors: Floors
  readonly retentionMs: number
  readonly now: number
  readonly portions: readonly Portion[]
}): Promise<{ readonly hasRemovals: boolean }> {
  const { store, portions } = o
  const records = portions.flatMap((portion) => portion.records)
  const removals = removalsIn(records)
  await o.floors.remove(removals)
  const documents: RecordDocument[] = []
  for (const raw of records) {
    const user = userOf(raw)
    const isKept = user !== undefined && raw.offset >= (removals.get(user) ?? 0)
    if (!isKept || raw.value === null || raw.value.length > mostBytes) continue
    documents.push({
      _id: recordId(user, raw.offset),
      record: raw.value,
      expires_at: new Date(arrivalOf(raw, o.now) + o.retentionMs),
    })
  }
  if (documents.length > 0) await putAll(store, documents)
  await store.lanes.bulkWrite(
    portions.map(({ lane, upTo }) => ({
      updateOne: { filter: { _id: lane }, update: { $max: { written: upTo } } },
    })),
    { ordered: false },
  )
  return { hasRemovals: removals.size > 0 }
}

/** As new ones, which costs half; what is there already, after a node that did not come to its end, is put again. */
async function putAll({ records }: LaneStore, documents: readonly RecordDocument[]): Promise<void> {
  try {
    await records.insertMany([...documents], { ordered: false })
  } catch (error) {
    if (!isDuplicateOnly(error)) throw error
    await records.bulkWrite(
      documents.map((document) => ({
        replaceOne: {
          filter: { _id: document._id },
          replacement: { record: document.record, expires_at: document.expires_at },
          upsert: true,
        },
      })),
      { ordered: false },
    )
  }
}

/** Every error of a batch of writes is a document that is there already. */
function isDuplicateOnly(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('writeErrors' in error)) return false
  const errors = [error.writeErrors].flat()
  return errors.length > 0 && errors.every(isDuplicate)
}

/** By user: behind the last record that removes the mailbox. */
function removalsIn(records: readonly RawRecord[]): Map<string, number> {
  const removals = new Map<string, number>()
  for (const raw of records) {
    const user = raw.value === null ? userOf(raw) : undefined
    if (user !== undefined) removals.set(user, raw.offset + 1)
  }
  return removals
}

/** Names as the server spells them; a document's id is made of one. */
const userName = /^[a-z0-9][a-z0-9_-]{1,31}$/

/** Undefined for what somebody else wrote that is for no user. */
function userOf({ key }: RawRecord): string | undefined {
  const user = key?.toString()
  return user !== undefined && userName.test(user) ? user : undefined
}

/** A writer whose clock is ahead, or who says anything, makes nothing stay forever. */
function arrivalOf({ timestamp }: RawRecord, now: number): number {
  return timestamp < 0 ? now : Math.min(timestamp, now)
}
