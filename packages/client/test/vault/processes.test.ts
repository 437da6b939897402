import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { jest } from '@jest/globals'
import { openVault, type Vault } from '../../src/vault/vault.ts'
import { scratchFolders } from '../fixtures/folders.ts'

jest.setTimeout(60_000)
const folders = scratchFolders()
const program = fileURLToPath(new URL('../fixtures/write-values.ts', import.meta.url))

async function newVault() {
  const dir = folders.make()
  const vault = openVault({ dir })
  await vault.create('passphrase')
  vault.run('CREATE TABLE notes (name TEXT PRIMARY KEY, data BLOB NOT NULL)')
  return { dir, vault }
}

function writer(dir: string, vault: Vault, name: string, count: number) {
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--disable-warning=ExperimentalWarning',
      program,
      dir,
      name,
      String(count),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const { vaultId, key } = vault.exportKey()
  child.stdin.end(JSON.stringify({ vaultId, key: Buffer.from(key).toString('base64url') }))
  return { child, lines: createInterface({ input: child.stdout }) }
}

function sumIn(vault: Vault): number {
  const data = vault.get("SELECT data FROM notes WHERE name = 'sum'")?.data
  return data instanceof Uint8Array ? vault.column('notes', 'data', Number).open('sum', data) : 0
}

test('loses no write when several processes write at once, this one included', async () => {
  const { dir, vault } = await newVault()
  const names = ['a', 'b', 'c']
  const ends = names.map((name) => once(writer(dir, vault, name, 50).child, 'exit'))
  const column = vault.column('notes', 'data', Number)
  for (let n = 0; n < 50; n += 1) {
    vault.transaction(() => {
      const next = sumIn(vault) + 1
      vault.run('INSERT OR REPLACE INTO notes VALUES (?, ?)', 'sum', column.seal('sum', next))
      vault.run('INSERT INTO notes VALUES (?, ?)', `own-${n}`, column.seal(`own-${n}`, n))
    })
    await new Promise(setImmediate)
  }
  for (const [code] of await Promise.all(ends)) expect(code).toBe(0)
  expect(sumIn(vault)).toBe(200)
  expect(vault.all('SELECT name FROM notes')).toHaveLength(201)
  vault.close()
})

test('after kill -9 while writing, everything reported as written is there and opens', async () => {
  const { dir, vault } = await newVault()
  for (const name of ['first', 'second', 'third']) {
    const { child, lines } = writer(dir, vault, name, 1_000_000)
    let reported = -1
    for await (const line of lines) {
      reported = Number(line)
      if (reported === 20) child.kill('SIGKILL')
    }
    const again = openVault({ dir })
    expect(again.get('PRAGMA integrity_check')).toMatchObject({ integrity_check: 'ok' })
    expect(again.unlockWith(vault.exportKey())).toBe(true)
    const column = again.column('notes', 'data', Number)
    const rows = again.all('SELECT name, data FROM notes WHERE name LIKE ?', `${name}-%`)
    expect(rows.length).toBeGreaterThan(reported)
    for (const { name: row, data } of rows) {
      if (data instanceof Uint8Array) column.open(String(row), data)
    }
    const total = again.all("SELECT name FROM notes WHERE name <> 'sum'").length
    expect(sumIn(again)).toBe(total)
    again.close()
  }
  vault.close()
})

test('several processes may make the same new profile at once', async () => {
  const dir = folders.make()
  const vaults = Array.from({ length: 4 }, () => openVault({ dir }))
  const made = await Promise.allSettled(vaults.map((vault) => vault.create('passphrase')))
  const states = made.map(({ status }) => status).sort()
  expect(states).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
  for (const vault of vaults) {
    await vault.unlock('passphrase')
    vault.close()
  }
})
