import type { UserName } from '@secure-chat/protocol'
import type { Engine } from './engine.ts'
import { ofName } from './key-changes.ts'

export interface Removals {
  remove(name: UserName): Promise<void>
  /** Clears away for the last time what hung on names whose time has come. */
  finish(): Promise<void>
  /** Finishes now, what earlier processes left included, and every minute. */
  start(): void
  stop(): void
}

/** Longer than a write can be on its way that began before the removal. */
const lastClearingAfterMs = 60_000
const everyMs = 60_000

/**
 * The first step makes the name a tombstone, and that decides: a crash after it leaves rows that nobody is shown and
 * that `finish` of any node clears away. `finish` comes a minute later in any case, because a write that began before
 * the removal, on whatever node, may come after the rows were cleared.
 */
export function makeRemovals({ models, clock, log, run }: Engine): Removals {
  const { users, keyChanges, contacts, blocks } = models
  let isStopped = false
  let cancel = () => {}

  async function clear(name: string): Promise<void> {
    await Promise.all([
      keyChanges.deleteMany(ofName(name)),
      contacts.deleteMany(ofName(name)),
      contacts.deleteMany({ other: name }),
      blocks.deleteMany(ofName(name)),
      blocks.deleteMany({ blocked: name }),
    ])
  }

  async function finish(): Promise<void> {
    const due = await run(() => users.find({ clear_at: { $lte: clock.now() } }, { _id: 1 }).lean())
    for (const { _id } of due) {
      await run(async () => {
        await clear(_id)
        await users.updateOne({ _id, is_removed: true }, { $unset: { clear_at: 1 } })
      })
    }
  }

  function round(): void {
    finish()
      .catch((err: unknown) => {
        if (!isStopped) log.warn({ err }, 'what hung on removed accounts is not cleared away yet')
      })
      .finally(() => {
        if (!isStopped) cancel = clock.setTimeout(round, everyMs)
      })
  }

  return {
    remove: (name) =>
      run(async () => {
        const { matchedCount } = await users.replaceOne(
          { _id: name, is_removed: false },
          { is_removed: true, clear_at: clock.now() + lastClearingAfterMs },
        )
        const isTombstone =
          matchedCount > 0 || (await users.exists({ _id: name, is_removed: true })) !== null
        if (isTombstone) await clear(name)
      }),
    finish,
    start: round,
    stop() {
      isStopped = true
      cancel()
    },
  }
}
