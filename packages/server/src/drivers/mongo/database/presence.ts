import type { UserName } from '@secure-chat/protocol'
import type { PresenceStore } from '../../../ports/index.ts'
import { unordered } from '../unordered.ts'
import type { Engine } from './engine.ts'
import { makeChangedSince, rowOf } from './presence-changes.ts'

/** One command's bound for work over many documents. */
const mostAtOnce = 500

const changed = { $currentDate: { 'presence.changed_at': true } } as const

/** Part of the user's document, so that nothing that arrives late brings anything of a removed account back. */
export function makePresenceStore(engine: Engine): PresenceStore {
  const { run } = engine
  const { users } = engine.models

  async function see(signs: ReadonlyArray<readonly [UserName, number]>): Promise<void> {
    const { matchedCount } = await users.bulkWrite(
      signs.map(([name, at]) => ({
        updateOne: {
          filter: { _id: name, is_removed: false, 'presence.last_seen_at': { $lt: at } },
          update: { $set: { 'presence.last_seen_at': at }, ...changed },
        },
      })),
      unordered,
    )
    if (matchedCount === signs.length) return
    // Somebody was not there, was seen later than that, or never said anything yet.
    await users.bulkWrite(
      signs.map(([name, at]) => ({
        updateOne: {
          filter: { _id: name, is_removed: false, 'presence.last_seen_at': { $exists: false } },
          update: {
            $set: {
              'presence.state': 'online',
              'presence.text': null,
              'presence.last_seen_at': at,
            },
            ...changed,
          },
        },
      })),
      unordered,
    )
  }

  return {
    set: (name, { state, text, at }) =>
      run(async () => {
        await users.updateOne(
          { _id: name, is_removed: false },
          {
            $set: { 'presence.state': state, 'presence.text': text },
            $max: { 'presence.last_seen_at': at },
            ...changed,
          },
        )
      }),
    async seen(signs) {
      const latest = new Map<UserName, number>()
      for (const { name, at } of signs) latest.set(name, Math.max(at, latest.get(name) ?? at))
      const each = [...latest]
      for (let start = 0; start < each.length; start += mostAtOnce) {
        await run(() => see(each.slice(start, start + mostAtOnce)))
      }
    },
    find: (names) =>
      run(async () => {
        if (names.length === 0) return []
        const found = await users
          .find(
            { _id: { $in: [...names] }, 'presence.last_seen_at': { $exists: true } },
            { presence: 1 },
          )
          .lean()
        return found.flatMap(rowOf)
      }),
    changedSince: makeChangedSince(engine),
  }
}
