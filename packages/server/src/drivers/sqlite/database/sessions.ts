import type { Session, SessionStore } from '../../../ports/index.ts'
import { integerIn, nameIn, type Row, textIn } from '../row.ts'
import type { Engine } from './engine.ts'

/** How long a removal is remembered for other nodes. */
const rememberedMs = 10 * 60_000
/** One transaction's bound for work over many rows. */
const mostAtOnce = 500

export function makeSessionStore({ db, read, write }: Engine): SessionStore {
  const insert = db.prepare(
    `INSERT INTO session (sid_hash, user, secret_id, created_at, last_used_at, expires_at, client)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const select = db.prepare('SELECT * FROM session WHERE sid_hash = ?')
  const selectByUser = db.prepare(
    'SELECT * FROM session WHERE user = ? AND expires_at > ? ORDER BY created_at DESC, sid_hash',
  )
  const selectHashes = db.prepare('SELECT sid_hash FROM session WHERE user = ? AND sid_hash <> ?')
  const remove = db.prepare('DELETE FROM session WHERE sid_hash = ?')
  const touch = db.prepare(
    `UPDATE session SET last_used_at = max(last_used_at, ?2), expires_at = max(expires_at, ?3)
     WHERE sid_hash = ?1`,
  )
  const revoke = db.prepare('INSERT INTO revocation (mark, sid_hash, at) VALUES (?, ?, ?)')
  const forget = db.prepare('DELETE FROM revocation WHERE at < ?')
  const lastMark = db.prepare("SELECT value FROM counter WHERE name = 'revocation'")
  const raiseMark = db.prepare(
    "UPDATE counter SET value = value + 1 WHERE name = 'revocation' RETURNING value",
  )
  const firstMark = db.prepare('SELECT mark FROM revocation WHERE mark > 0 ORDER BY mark LIMIT 1')
  const revokedAfter = db.prepare(
    'SELECT mark, sid_hash FROM revocation WHERE mark > ? ORDER BY mark',
  )
  const removeOld = db.prepare(
    `DELETE FROM session WHERE sid_hash IN
       (SELECT sid_hash FROM session WHERE expires_at <= ? ORDER BY expires_at LIMIT ${mostAtOnce})`,
  )

  /** Needs an open transaction. */
  function removeAll(sidHashes: readonly string[], now: number): string[] {
    const removed = sidHashes.filter((sidHash) => remove.run(sidHash).changes > 0)
    for (const sidHash of removed) revoke.run(valueIn(raiseMark.get()), sidHash, now)
    forget.run(now - rememberedMs)
    return removed
  }
  return {
    create: (session) =>
      write(() => {
        const { sidHash, user, secretId, createdAt, lastUsedAt, expiresAt, client } = session
        insert.run(sidHash, user, secretId, createdAt, lastUsedAt, expiresAt, client)
      }),
    find: (sidHash) =>
      read(() => {
        const row = select.get(sidHash)
        return row && sessionOf(row)
      }),
    listByUser: (user, now) => read(() => selectByUser.all(user, now).map(sessionOf)),
    remove: (sidHashes, now) => write(() => removeAll(sidHashes, now)),
    removeByUser: (user, { except = '', now }) =>
      write(() => {
        const rows = selectHashes.all(user, except)
        return removeAll(
          rows.map((row) => textIn(row, 'sid_hash')),
          now,
        )
      }),
    async touch(uses) {
      for (let start = 0; start < uses.length; start += mostAtOnce) {
        await write(() => {
          for (const { sidHash, lastUsedAt, expiresAt } of uses.slice(start, start + mostAtOnce)) {
            touch.run(sidHash, lastUsedAt, expiresAt)
          }
        })
      }
    },
    revokedSince: (mark) =>
      read(() => {
        const last = valueIn(lastMark.get())
        if (mark === undefined) return { sidHashes: [], mark: String(last), missed: false }
        const since = Number(mark)
        const first = firstMark.get()
        const rows = revokedAfter.all(since)
        return {
          sidHashes: rows.map((each) => textIn(each, 'sid_hash')),
          mark: String(last),
          missed: since < (first ? integerIn(first, 'mark') - 1 : last),
        }
      }),
    async removeExpired(now) {
      let removed = 0
      for (;;) {
        const changes = await write(() => Number(removeOld.run(now).changes))
        removed += changes
        if (changes < mostAtOnce) return removed
      }
    },
  }
}

function valueIn(counter: Row | undefined): number {
  return integerIn(counter ?? {}, 'value')
}

export function sessionOf(row: Row): Session {
  return {
    sidHash: textIn(row, 'sid_hash'),
    user: nameIn(row, 'user'),
    secretId: textIn(row, 'secret_id'),
    createdAt: integerIn(row, 'created_at'),
    lastUsedAt: integerIn(row, 'last_used_at'),
    expiresAt: integerIn(row, 'expires_at'),
    client: textIn(row, 'client'),
  }
}
