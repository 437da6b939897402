import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { forgetKey, keepKey, readKeptKey } from '../../src/vault/kept-key.ts'
import { scratchFolders } from '../fixtures/folders.ts'

const folders = scratchFolders()
const kept = { vaultId: 'a-vault', key: randomBytes(32) }

function place(withRuntime = true) {
  const dir = folders.make()
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  return { dir, ...(withRuntime && { runtimeDir: folders.make('runtime') }) }
}

test('gives back the key it kept, until it is forgotten', () => {
  const where = place()
  expect(readKeptKey(where)).toBeUndefined()
  expect(keepKey(where, kept, false)).toBe(true)
  expect(readKeptKey(where)).toEqual(kept)
  forgetKey(where)
  expect(readKeptKey(where)).toBeUndefined()
  forgetKey(where)
})

test('keeps it in one place only: the latest choice', () => {
  const where = place()
  keepKey(where, kept, true)
  keepKey(where, kept, false)
  expect(readdirSync(where.dir)).toEqual([])
  keepKey(where, kept, true)
  expect(readdirSync(where.runtimeDir ?? '')).toEqual([])
  expect(readKeptKey(where)).toEqual(kept)
})

test('writes nothing when there is no place', () => {
  const where = place(false)
  expect(keepKey(where, kept, false)).toBe(false)
  expect(readdirSync(where.dir)).toEqual([])
})

test('keeps profiles of one runtime folder apart', () => {
  const one = place()
  const other = { ...place(), runtimeDir: one.runtimeDir ?? '' }
  keepKey(one, kept, false)
  expect(readKeptKey(other)).toBeUndefined()
  keepKey(other, { ...kept, vaultId: 'another' }, false)
  expect(readKeptKey(one)?.vaultId).toBe('a-vault')
})

test('is readable by its owner only, whatever the umask', () => {
  const before = process.umask(0)
  const where = place()
  keepKey(where, kept, true)
  process.umask(before)
  expect(statSync(join(where.dir, 'vault.key')).mode & 0o777).toBe(0o600)
})

test.each(['', '{', 'null', '{"v":1}', '{"v":1,"vault_id":"a-vault","key":"AAAA"}', '[]'])(
  'takes %j for no key',
  (text) => {
    const where = place(false)
    writeFileSync(join(where.dir, 'vault.key'), text, { mode: 0o600 })
    expect(readKeptKey(where)).toBeUndefined()
  },
)

test('refuses a key that others can read, also behind a link', () => {
  const where = place(false)
  const elsewhere = join(folders.make(), '..', 'open.key')
  writeFileSync(elsewhere, '{}', { mode: 0o644 })
  symlinkSync(elsewhere, join(where.dir, 'vault.key'))
  expect(() => readKeptKey(where)).toThrow(expect.objectContaining({ code: 'unsafe_permissions' }))
})
