import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { jest } from '@jest/globals'
import { openVault, vaultPath } from '../../src/vault/vault.ts'
import { errorOf, scratchFolders } from '../fixtures/folders.ts'

jest.setTimeout(60_000)
const folders = scratchFolders()
const canary = 'the canary sings at midnight'

async function unlockedVault(dir = folders.make()) {
  const vault = openVault({ dir })
  await vault.create('passphrase')
  vault.run('CREATE TABLE notes (name TEXT PRIMARY KEY, data BLOB NOT NULL, more BLOB)')
  return { dir, vault, notes: vault.column('notes', 'data', String) }
}

test('makes folder 0700 and files 0600, whatever the umask', async () => {
  const before = process.umask(0)
  try {
    const { dir, vault } = await unlockedVault()
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir)).toContain('profile.db-wal')
    vault.close()
  } finally {
    process.umask(before)
  }
})

test('refuses a folder others can enter, and says which command mends it', async () => {
  const dir = folders.make("it's open")
  mkdirSync(dir, { recursive: true })
  chmodSync(dir, 0o755)
  const error = await errorOf(() => openVault({ dir }))
  expect(error).toMatchObject({ code: 'unsafe_permissions' })
  expect(error.message).toContain(`chmod 700 '${dir.replace("'", `'\\''`)}'`)
  expect(existsSync(vaultPath(dir))).toBe(false)
})

test('refuses a file others can read', async () => {
  const { dir, vault } = await unlockedVault()
  vault.close()
  chmodSync(vaultPath(dir), 0o640)
  const error = await errorOf(() => openVault({ dir }))
  expect(error).toMatchObject({
    code: 'unsafe_permissions',
    suggestions: [`chmod 600 ${vaultPath(dir)}`],
  })
})

test('keeps nothing readable on the disk, and what is deleted is overwritten', async () => {
  const { dir, vault, notes } = await unlockedVault()
  const sealed = Buffer.from(notes.seal('a', canary))
  vault.run('INSERT INTO notes (name, data) VALUES (?, ?)', 'a', sealed)
  const disk = () => Buffer.concat(readdirSync(dir).map((name) => readFileSync(join(dir, name))))
  expect(disk().includes(canary)).toBe(false)
  expect(disk().includes(sealed)).toBe(true)
  vault.run('DELETE FROM notes')
  vault.close()
  expect(disk().includes(sealed)).toBe(false)
})

test('is locked until it is given the passphrase, and again after lock()', async () => {
  const { dir, vault, notes } = await unlockedVault()
  const sealed = notes.seal('a', canary)
  const kept = vault.exportKey()
  vault.close()
  const again = openVault({ dir })
  const column = again.column('notes', 'data', String)
  const isLocked = expect.objectContaining({ code: 'vault_locked' })
  expect(() => column.open('a', sealed)).toThrow(isLocked)
  expect(() => column.seal('a', canary)).toThrow(isLocked)
  expect(() => again.tag('contact', 'bob')).toThrow(isLocked)
  expect(() => again.exportKey()).toThrow(isLocked)
  await expect(again.prepareRewrap('other')).rejects.toThrow(isLocked)
  await expect(again.unlock('wrong')).rejects.toMatchObject({ code: 'wrong_passphrase' })
  expect(again.isUnlocked()).toBe(false)
  await again.unlock('passphrase')
  expect(column.open('a', sealed)).toBe(canary)
  again.lock()
  expect(() => column.open('a', sealed)).toThrow(isLocked)
  expect(again.unlockWith(kept)).toBe(true)
  expect(column.open('a', sealed)).toBe(canary)
  again.close()
})

test('takes no kept key of another vault', async () => {
  const one = await unlockedVault()
  const other = await unlockedVault()
  const kept = one.vault.exportKey()
  other.vault.lock()
  expect(other.vault.unlockWith(kept)).toBe(false)
  expect(other.vault.isUnlocked()).toBe(false)
  one.vault.close()
  other.vault.close()
})

test('refuses a value that was moved to another row by editing the file', async () => {
  const { dir, vault, notes } = await unlockedVault()
  vault.run('INSERT INTO notes VALUES (?, ?, NULL)', 'bob', notes.seal('bob', 'key of bob'))
  vault.run('INSERT INTO notes VALUES (?, ?, NULL)', 'eve', notes.seal('eve', 'key of eve'))
  const editor = new DatabaseSync(vaultPath(dir))
  editor.exec(
    "UPDATE notes SET data = (SELECT data FROM notes WHERE name = 'eve') WHERE name = 'bob'",
  )
  editor.close()
  const data = vault.get("SELECT data FROM notes WHERE name = 'bob'")?.data
  expect(() => notes.open('bob', data as Uint8Array)).toThrow(
    expect.objectContaining({ code: 'file_damaged' }),
  )
  vault.close()
})

test('opens by both passphrases while a change is not settled, then by one', async () => {
  const { vault } = await unlockedVault()
  await vault.prepareRewrap('new')
  expect([await vault.opensWith('passphrase'), await vault.opensWith('new')]).toEqual([true, true])
  vault.settleRewrap('present')
  expect([await vault.opensWith('passphrase'), await vault.opensWith('new')]).toEqual([true, false])
  await vault.prepareRewrap('new')
  vault.settleRewrap('new')
  expect([await vault.opensWith('passphrase'), await vault.opensWith('new')]).toEqual([false, true])
  vault.settleRewrap('new')
  expect(await vault.opensWith('new')).toBe(true)
  vault.close()
})

test('sets a damaged file aside with a message, and writes nothing over it', async () => {
  const dir = folders.make()
  mkdirSync(dir, { mode: 0o700, recursive: true })
  const rubbish = Buffer.from('this was a database once. '.repeat(400))
  writeFileSync(vaultPath(dir), rubbish, { mode: 0o600 })
  const error = await errorOf(() => openVault({ dir, now: () => Date.UTC(2026, 10, 23, 19, 5) }))
  const aside = `${vaultPath(dir)}.damaged-20261123T190500Z`
  expect(error).toMatchObject({ code: 'file_damaged', members: { moved_to: aside } })
  expect(error.message).toContain(aside)
  expect(readFileSync(aside)).toEqual(rubbish)
  expect(readdirSync(dir)).toEqual(['profile.db.damaged-20261123T190500Z'])
  openVault({ dir }).close()
  expect(readFileSync(aside)).toEqual(rubbish)
})

test('sets a second damaged file of the same second aside too, over nothing', async () => {
  const dir = folders.make()
  mkdirSync(dir, { mode: 0o700, recursive: true })
  const now = () => 0
  for (const text of ['first rubbish ', 'second rubbish ']) {
    writeFileSync(vaultPath(dir), text.repeat(400), { mode: 0o600 })
    await expect(errorOf(() => openVault({ dir, now }))).resolves.toMatchObject({
      code: 'file_damaged',
    })
  }
  expect(readdirSync(dir)).toHaveLength(2)
})

test('refuses the file of a newer version untouched', async () => {
  const { dir, vault } = await unlockedVault()
  vault.run('PRAGMA user_version = 9999')
  vault.close()
  const error = await errorOf(() => openVault({ dir }))
  expect(error).toMatchObject({ code: 'file_unreadable' })
  expect(error.message).toContain('newer')
  expect(readdirSync(dir)).toEqual(['profile.db'])
})

test('says in one sentence that the disk is full, and keeps what was there', async () => {
  const { vault } = await unlockedVault()
  vault.run('INSERT INTO notes VALUES (?, ?, NULL)', 'a', Buffer.alloc(10))
  const pages = vault.get('PRAGMA page_count')?.page_count
  vault.get(`PRAGMA max_page_count = ${pages}`)
  const fill = () => vault.run('INSERT INTO notes VALUES (?, ?, NULL)', 'b', Buffer.alloc(50_000))
  const error = await errorOf(() => vault.transaction(fill))
  expect(error).toMatchObject({ code: 'disk_full' })
  expect(error.message).toMatch(/^The disk is full.*Free some space/)
  expect(vault.all('SELECT name FROM notes')).toHaveLength(1)
  vault.get('PRAGMA max_page_count = 100000')
  fill()
  vault.close()
})

test('undoes all of a transaction that throws, and takes no asynchronous one', async () => {
  const { vault } = await unlockedVault()
  const insert = (name: string) =>
    vault.run('INSERT INTO notes VALUES (?, ?, NULL)', name, Buffer.alloc(1))
  const failing = () =>
    vault.transaction(() => {
      insert('a')
      vault.transaction(() => insert('b'))
      throw new Error('no')
    })
  expect(failing).toThrow('no')
  expect(() => vault.transaction(async () => insert('c'))).toThrow(TypeError)
  expect(vault.all('SELECT * FROM notes')).toEqual([])
  vault.transaction(() => insert('d'))
  expect(vault.all('SELECT * FROM notes')).toHaveLength(1)
  vault.close()
})

test('names a damaged part met while reading, and leaves the file where it is', async () => {
  const { dir, vault, notes } = await unlockedVault()
  vault.transaction(() => {
    for (let n = 0; n < 200; n += 1) {
      vault.run('INSERT INTO notes VALUES (?, ?, NULL)', `${n}`, notes.seal(n, 'x'.repeat(500)))
    }
  })
  vault.close()
  const bytes = readFileSync(vaultPath(dir))
  bytes.fill(0xa5, bytes.length - 15 * 4096)
  writeFileSync(vaultPath(dir), bytes)
  const again = openVault({ dir })
  const error = await errorOf(() => again.all('SELECT * FROM notes ORDER BY data'))
  expect(error).toMatchObject({ code: 'file_damaged' })
  expect(error.message).toContain('put back a backup')
  expect(() => again.transaction(() => again.run('DELETE FROM notes'))).toThrow(
    expect.objectContaining({ code: 'file_damaged' }),
  )
  again.close()
  expect(readFileSync(vaultPath(dir)).equals(bytes)).toBe(true)
})

test('says plainly that a folder cannot be made', async () => {
  const file = folders.make()
  writeFileSync(file, '')
  const error = await errorOf(() => openVault({ dir: join(file, 'profile') }))
  expect(error).toMatchObject({ code: 'file_unreadable' })
  expect(error.message).toContain('ENOTDIR')
})

test('names a folder that cannot be written', async () => {
  const dir = folders.make()
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  mkdirSync(vaultPath(dir), { mode: 0o700 })
  const error = await errorOf(() => openVault({ dir }))
  expect(error).toMatchObject({ code: 'file_unreadable' })
  expect(error.message).toContain(vaultPath(dir))
})
