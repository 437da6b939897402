import type { PresenceState } from '@secure-chat/protocol'
import type { PresenceRow, PresenceStore } from '../../../ports/index.ts'
import { integerIn, nameIn, type Row, textIn } from '../row.ts'
import type { Engine } from './engine.ts'

/** One transaction's and one answer's bound. */
const mostAtOnce = 500
const mostChanges = 5000

export function makePresenceStore({ db, read, write }: Engine): PresenceStore {
  const raise = db.prepare(
    "UPDATE counter SET value = value + 1 WHERE name = 'presence' RETURNING value",
  )
  const present = db.prepare("SELECT value FROM counter WHERE name = 'presence'")
  // Only users that are there: a sign of life flushed after the removal must not bring a row back.
  const set = db.prepare(
    `INSERT INTO presence (name, state, text, last_seen_at, change)
     SELECT name, ?2, ?3, ?4, ?5 FROM user WHERE name = ?1
     ON CONFLICT (name) DO UPDATE SET state = ?2, text = ?3, last_seen_at = max(last_seen_at, ?4), change = ?5`,
  )
  const see = db.prepare(
    `INSERT INTO presence (name, state, text, last_seen_at, change)
     SELECT name, 'online', NULL, ?2, ?3 FROM user WHERE name = ?1
     ON CONFLICT (name) DO UPDATE SET last_seen_at = ?2, change = ?3 WHERE last_seen_at < ?2`,
  )
  const select = db.prepare('SELECT name, state, text, last_seen_at FROM presence WHERE name = ?')
  const changedAfter = db.prepare(
    'SELECT name, state, text, last_seen_at, change FROM presence WHERE change > ? ORDER BY change LIMIT ?',
  )

  /** Needs an open transaction. */
  const nextChange = () => integerIn(raise.get() ?? {}, 'value')

  return {
    set: (name, { state, text, at }) =>
      write(() => void set.run(name, state, text, at, nextChange())),
    async seen(signs) {
      for (let start = 0; start < signs.length; start += mostAtOnce) {
        await write(() => {
          for (const { name, at } of signs.slice(start, start + mostAtOnce)) {
            see.run(name, at, nextChange())
          }
        })
      }
    },
    find: (names) =>
      read(() =>
        names.flatMap((name) => {
          const row = select.get(name)
          return row ? [presenceOf(row)] : []
        }),
      ),
    changedSince: (mark) =>
      read(() => {
        const now = integerIn(present.get() ?? {}, 'value')
        if (mark === undefined) return { rows: [], mark: String(now) }
        const rows = changedAfter.all(Number(mark), mostChanges)
        const last = rows.at(-1)
        const isAll = !last || rows.length < mostChanges
        return {
          rows: rows.map(presenceOf),
          mark: String(isAll ? now : integerIn(last, 'change')),
        }
      }),
  }
}

function presenceOf(row: Row): PresenceRow {
  return {
    name: nameIn(row, 'name'),
    state: textIn(row, 'state') as PresenceState,
    text: row.text === null ? null : textIn(row, 'text'),
    lastSeenAt: integerIn(row, 'last_seen_at'),
  }
}
