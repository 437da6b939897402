import type { Clock, Log } from '../../ports/index.ts'
import { reasonsOf } from '../kafka/failure.ts'
import type { Floors } from './floors.ts'
import { offsetOfId, recordId, userOfId } from './record-id.ts'
import type { LaneStore } from './store.ts'

/** Deletes documents: of removed mailboxes, and of records whose time is over. */
export interface Tidy {
  /** Begins a round now, unless one is under way: then another follows. */
  start(): void
  /** Whether this node is the one that does it; if two are, each finds less to do. */
  appoint(isTidying: boolean): void
  close(): Promise<void>
}

/** What one step deletes at most: a few milliseconds of the database. */
const stepRecords = 1000
const pageUsers = 500
/** Beyond every offset. */
const lastOffset = 2 ** 48 - 1

export function makeTidy(o: {
  readonly store: LaneStore
  readonly floors: Floors
  readonly clock: Pick<Clock, 'now'>
  readonly everyMs: number
  readonly log: Log
}): Tidy {
  const { records, floors } = o.store
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isAskedAgain = false
  let isAppointed = false
  let isClosed = false

  async function clearRemoved(): Promise<void> {
    for (;;) {
      const some = await floors.find({ clear_before: { $gt: 0 } }, { limit: 100 }).toArray()
      for (const { _id: user, clear_before: before = 0 } of some) {
        while (!isClosed && (await deleteFirst(user, { before })) > 0);
        if (isClosed) return
        await floors.updateOne(
          { _id: user, clear_before: before },
          { $unset: { clear_before: true } },
        )
      }
      if (some.length === 0) return
    }
  }

  /** From the old end only, so that what is left of a mailbox is one run, and its floor tells where it begins. */
  async function expire(): Promise<void> {
    const now = new Date(o.clock.now())
    let after = new Date(0)
    while (!isClosed) {
      const due = await records
        .find(
          { expires_at: { $gt: after, $lte: now } },
          { projection: { expires_at: 1 }, sort: { expires_at: 1 }, limit: pageUsers },
        )
        .toArray()
      let deleted = 0
      for (const user of new Set(due.map(({ _id }) => userOfId(_id)))) {
        if (isClosed) return
        deleted += await deleteFirst(user, { before: lastOffset, expiredAt: now })
      }
      // What lies behind a younger record of its user stays until that goes: it is looked past.
      if (deleted === 0) {
        if (due.length < pageUsers) return
        after = due.at(-1)?.expires_at ?? now
      }
    }
  }

  /** Some of a user's first records, the floor first where retention takes them. Answers how many. */
  async function deleteFirst(
    user: string,
    which: { readonly before: number; readonly expiredAt?: Date },
  ): Promise<number> {
    const { before, expiredAt } = which
    const first = await records
      .find(
        { _id: { $gte: recordId(user, 0), $lt: recordId(user, before) } },
        { projection: { expires_at: 1 }, sort: { _id: 1 }, limit: stepRecords },
      )
      .toArray()
    const young = expiredAt && first.findIndex(({ expires_at }) => expires_at > expiredAt)
    const gone = young === undefined || young < 0 ? first : first.slice(0, young)
    const last = gone.at(-1)
    if (last === undefined) return 0
    if (expiredAt) await o.floors.expire(new Map([[user, offsetOfId(last._id) + 1]]))
    await records.deleteMany({ _id: { $gte: recordId(user, 0), $lte: last._id } })
    return gone.length
  }

  async function round(): Promise<void> {
    try {
      do {
        isAskedAgain = false
        await clearRemoved()
        if (isAppointed && !isClosed) await expire()
      } while (isAskedAgain && !isClosed)
    } catch (error) {
      o.log.warn({ reason: reasonsOf(error) }, 'documents of mailboxes wait to be deleted')
    } finally {
      running = undefined
      if (isAppointed) schedule()
    }
  }

  function schedule(): void {
    clearTimeout(timer)
    if (!isClosed) timer = setTimeout(start, o.everyMs)
  }

  function start(): void {
    if (isClosed) return
    if (running === undefined) running = round()
    else isAskedAgain = true
  }

  return {
    start,
    appoint(isTidying) {
      if (isTidying === isAppointed) return
      isAppointed = isTidying
      if (isTidying) start()
      else clearTimeout(timer)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await running
    },
  }
}
