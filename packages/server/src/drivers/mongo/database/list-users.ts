import type { UserName } from '@secure-chat/protocol'
import type { UserStore } from '../../../ports/index.ts'
import type { Engine } from './engine.ts'

/** Up to so many present users are sorted; beyond, walking the names meets them often enough. */
const fewPresent = 10_000

/** Behind every name that starts with the prefix: names are ASCII. */
const behindAll = '\u007f'

const byName = { is_removed: 1, _id: 1 } as const
const byPresence = { 'presence.last_seen_at': 1, 'presence.state': 1, _id: 1 } as const

type PresentFilter = ReturnType<typeof presentSince>

function presentSince(seenSince: number) {
  return {
    'presence.last_seen_at': { $gte: seenSince },
    'presence.state': { $in: ['online', 'away', 'busy'] },
  }
}

export function makeListUsers(
  { models: { users }, run }: Engine,
  few = fewPresent,
): UserStore['list'] {
  /** Both filters and both indexes lead to the same names; which is less work depends on how many are present. */
  async function areFew(isPresent: PresentFilter): Promise<boolean> {
    const count = await users.countDocuments(isPresent, { limit: few }).hint(byPresence)
    return count < few
  }

  return ({ after = '', prefix = '', seenSince, limit }) =>
    run(async () => {
      const names = { $gt: after, $gte: prefix, $lt: prefix + behindAll }
      const isPresent = seenSince === undefined ? undefined : presentSince(seenSince)
      const found =
        isPresent !== undefined && (await areFew(isPresent))
          ? { query: users.find({ ...isPresent, _id: names }, { _id: 1 }), index: byPresence }
          : {
              query: users.find({ is_removed: false, _id: names, ...isPresent }, { _id: 1 }),
              index: byName,
            }
      const page = await found.query.hint(found.index).sort({ _id: 1 }).limit(limit).lean()
      return page.map(({ _id }) => _id as UserName)
    })
}
