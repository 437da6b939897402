import type { UserName } from '@secure-chat/protocol'
import type { UserStore } from '../../../ports/index.ts'
import { integerIn, nameIn } from '../row.ts'
import type { Engine } from './engine.ts'

/** Up to so many present users are sorted; beyond, walking the names meets them often enough. */
const fewPresent = 2000

/** Behind every name that starts with the prefix: names are ASCII. */
const behindAll = '\u{10ffff}'

export function makeListUsers({ db, read }: Engine): UserStore['list'] {
  const byName = db.prepare(
    'SELECT name FROM user WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?',
  )
  const countPresent = db.prepare(
    `SELECT count(*) AS present FROM
       (SELECT 1 FROM presence WHERE state <> 'offline' AND last_seen_at >= ? LIMIT ${fewPresent})`,
  )
  const fewByName = db.prepare(
    `SELECT name FROM presence INDEXED BY presence_by_time
     WHERE state <> 'offline' AND last_seen_at >= ?1 AND name > ?2 AND name >= ?3 AND name < ?4
     ORDER BY name LIMIT ?5`,
  )
  const manyByName = db.prepare(
    `SELECT name FROM presence NOT INDEXED
     WHERE state <> 'offline' AND last_seen_at >= ?1 AND name > ?2 AND name >= ?3 AND name < ?4
     ORDER BY name LIMIT ?5`,
  )
  return ({ after = '', prefix = '', seenSince, limit }) =>
    read((): UserName[] => {
      const end = prefix + behindAll
      if (seenSince === undefined) {
        return byName.all(after, prefix, end, limit).map((row) => nameIn(row, 'name'))
      }
      const present = integerIn(countPresent.get(seenSince) ?? {}, 'present')
      const select = present < fewPresent ? fewByName : manyByName
      return select.all(seenSince, after, prefix, end, limit).map((row) => nameIn(row, 'name'))
    })
}
