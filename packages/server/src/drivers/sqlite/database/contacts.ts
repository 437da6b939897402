import type { BlockStore, ContactStore } from '../../../ports/index.ts'
import { nameIn } from '../row.ts'
import type { Engine } from './engine.ts'

export function makeContactStore({ db, read, write }: Engine): ContactStore {
  // Both must be there: an exchange that races a removal must not leave half a pair.
  const touch = db.prepare(
    `INSERT INTO contact (user, other, at)
     SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM user WHERE name = ?1)
                         AND EXISTS (SELECT 1 FROM user WHERE name = ?2)
     ON CONFLICT (user, other) DO UPDATE SET at = max(at, ?3)`,
  )
  const select = db.prepare('SELECT other FROM contact WHERE user = ? AND at >= ? ORDER BY other')
  return {
    touch: (a, b, at) =>
      write(() => {
        touch.run(a, b, at)
        touch.run(b, a, at)
      }),
    list: (user, since) => read(() => select.all(user, since).map((row) => nameIn(row, 'other'))),
  }
}

export function makeBlockStore({ db, read, write }: Engine): BlockStore {
  const insert = db.prepare(
    `INSERT INTO block (user, blocked)
     SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM user WHERE name = ?1)
                     AND EXISTS (SELECT 1 FROM user WHERE name = ?2)
     ON CONFLICT DO NOTHING`,
  )
  const remove = db.prepare('DELETE FROM block WHERE user = ? AND blocked = ?')
  const select = db.prepare('SELECT blocked FROM block WHERE user = ? ORDER BY blocked')
  return {
    add: (user, blocked) => write(() => void insert.run(user, blocked)),
    remove: (user, blocked) => write(() => void remove.run(user, blocked)),
    list: (user) => read(() => select.all(user).map((row) => nameIn(row, 'blocked'))),
  }
}
