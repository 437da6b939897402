import type { Fingerprint } from '@secure-chat/protocol'
import type { KeyChange, User, UserStore } from '../../../ports/index.ts'
import { integerIn, nameIn, type Row, textIn } from '../row.ts'
import type { Engine } from './engine.ts'
import { makeListUsers } from './list-users.ts'
import { makeRemoveUser } from './remove-user.ts'

export function makeUserStore(engine: Engine): UserStore {
  const { db, read, write } = engine
  const selectRemoved = db.prepare('SELECT 1 FROM removed_name WHERE name = ?')
  const insert = db.prepare(
    `INSERT INTO user (name, password_hash, public_key, fingerprint, seq, changed_at, created_at, is_suspended)
     VALUES (?1, ?2, ?3, ?4, 0, ?5, ?5, 0) ON CONFLICT DO NOTHING`,
  )
  const select = db.prepare('SELECT * FROM user WHERE name = ?')
  const setHash = db.prepare(
    'UPDATE user SET password_hash = ?2 WHERE name = ?1 AND password_hash = ?3',
  )
  const setKey = db.prepare(
    'UPDATE user SET public_key = ?2, fingerprint = ?3, seq = ?4, changed_at = ?5 WHERE name = ?1',
  )
  const insertChange = db.prepare(
    `INSERT INTO key_change (name, seq, old_key, old_fingerprint, new_key, at, proof)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const selectChanges = db.prepare(
    'SELECT seq, old_key, new_key, at, proof FROM key_change WHERE name = ? ORDER BY seq DESC LIMIT ?',
  )
  const selectOldKey = db.prepare(
    'SELECT 1 FROM key_change WHERE name = ? AND old_fingerprint = ? LIMIT 1',
  )
  const suspend = db.prepare('UPDATE user SET is_suspended = ?2 WHERE name = ?1')
  const removeUser = makeRemoveUser(db)

  return {
    create: (user) =>
      write(() => {
        if (selectRemoved.get(user.name)) return 'taken'
        const { name, passwordHash, publicKey, fingerprint, createdAt } = user
        const { changes } = insert.run(name, passwordHash, publicKey, fingerprint, createdAt)
        return changes === 0 ? 'taken' : 'created'
      }),
    find: (name) =>
      read(() => {
        const row = select.get(name)
        return row && userOf(row)
      }),
    list: makeListUsers(engine),
    setPasswordHash: (name, passwordHash, expected) =>
      write(() => (setHash.run(name, passwordHash, expected).changes > 0 ? 'changed' : 'conflict')),
    changeKey: (name, change) =>
      write(() => {
        const row = select.get(name)
        const user = row && userOf(row)
        if (user?.seq !== change.expectedSeq) return 'conflict'
        const { publicKey, fingerprint, at, proof } = change
        const seq = user.seq + 1
        setKey.run(name, publicKey, fingerprint, seq, at)
        insertChange.run(
          name,
          seq,
          user.publicKey,
          user.fingerprint,
          publicKey,
          at,
          JSON.stringify(proof ?? null),
        )
        return 'changed'
      }),
    keyChanges: (name, limit) => read(() => selectChanges.all(name, limit).reverse().map(changeOf)),
    hadKey: (name, fingerprint) => read(() => selectOldKey.get(name, fingerprint) !== undefined),
    setSuspended: (name, isSuspended) => write(() => void suspend.run(name, isSuspended ? 1 : 0)),
    remove: (name) => write(() => removeUser(name)),
  }
}

export function userOf(row: Row): User {
  return {
    name: nameIn(row, 'name'),
    passwordHash: textIn(row, 'password_hash'),
    publicKey: textIn(row, 'public_key'),
    fingerprint: textIn(row, 'fingerprint') as Fingerprint,
    seq: integerIn(row, 'seq'),
    changedAt: integerIn(row, 'changed_at'),
    createdAt: integerIn(row, 'created_at'),
    isSuspended: integerIn(row, 'is_suspended') === 1,
  }
}

export function changeOf(row: Row): KeyChange {
  return {
    seq: integerIn(row, 'seq'),
    oldKey: textIn(row, 'old_key'),
    newKey: textIn(row, 'new_key'),
    at: integerIn(row, 'at'),
    proof: JSON.parse(textIn(row, 'proof')),
  }
}
