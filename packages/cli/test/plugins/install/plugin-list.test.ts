import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { addToList, removeFromList } from '../../../src/plugins/install/plugin-list.ts'
import { type InstalledPlugin, readInstalled } from '../../../src/plugins/installed.ts'

jest.setTimeout(60_000)

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'secure-chat-plugin-list-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const plugin = (name: string): InstalledPlugin => ({
  name,
  type: 'user',
  root: join(dataDir, 'plugins', name),
  tag: undefined,
  url: undefined,
  spec: name,
  integrity: undefined,
  isPinned: false,
})
const names = () => readInstalled(dataDir).map(({ name }) => name)
const list = () => join(dataDir, 'package.json')

test('keeps the order of installing; one that comes again keeps its place', () => {
  for (const name of ['a', 'b', 'c', 'b']) addToList(dataDir, plugin(name))
  removeFromList(dataDir, 'a')
  expect(names()).toEqual(['b', 'c'])
})

test('processes that add at the same time lose none of each other', async () => {
  const module = join(import.meta.dirname, '../../../src/plugins/install/plugin-list.ts')
  const code = `
    const { addToList } = await import(${JSON.stringify(module)})
    const [, dataDir, who] = process.argv
    for (let n = 0; n < 25; n++) addToList(dataDir, { name: who + n, type: 'user', root: 'x' })`
  const children = ['a', 'b', 'c', 'd'].map((who) =>
    spawn(
      process.execPath,
      ['--conditions=source', '--input-type=module', '-e', code, dataDir, who],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    ),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  expect(codes).toEqual([0, 0, 0, 0])
  expect(names()).toHaveLength(100)
})

test('one that is damaged is left as it is, and so is what was to be put in place', () => {
  writeFileSync(list(), '{"oclif":{"plu')
  let isPlaced = false
  const add = () =>
    addToList(dataDir, plugin('a'), {
      putInPlace: () => {
        isPlaced = true
      },
    })
  expect(add).toThrow(expect.objectContaining({ code: 'file_damaged' }))
  expect(isPlaced).toBe(false)
})

test('what cannot be put in place is not listed, and leaves no file behind', () => {
  addToList(dataDir, plugin('a'))
  const before = readdirSync(dataDir)
  const add = () =>
    addToList(dataDir, plugin('b'), {
      putInPlace: () => {
        throw new Error('no room')
      },
    })
  expect(add).toThrow('no room')
  expect([names(), readdirSync(dataDir)]).toEqual([['a'], before])
})

test('what is cleared away is not listed any more, and nobody else can list it meanwhile', () => {
  addToList(dataDir, plugin('a'))
  const seen: unknown[] = []
  const clearAway = () => {
    const other = new DatabaseSync(join(dataDir, 'plugins.lock'), { timeout: 0 })
    seen.push(names())
    expect(() => other.exec('BEGIN EXCLUSIVE')).toThrow('locked')
    other.close()
  }
  removeFromList(dataDir, 'a', { clearAway })
  expect(seen).toEqual([[]])
})
