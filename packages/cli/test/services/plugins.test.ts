import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Config } from '@oclif/core/config'
import { addToList } from '../../src/plugins/install/plugin-list.ts'
import { withoutPassword } from '../../src/plugins/without-password.ts'
import { updatePlugins } from '../../src/services/plugins.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'secure-chat-plugins-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const entry = (name: string) => ({
  name,
  type: 'user' as const,
  root: join(dataDir, 'plugins', name),
  tag: undefined,
  url: undefined,
  spec: name,
  integrity: undefined,
  isPinned: false,
})

test('an update that the computer keeps from working keeps the next from nothing', async () => {
  for (const name of ['a', 'b']) addToList(dataDir, entry(name))
  const config = Object.assign(new Config({ root: dataDir }), { dataDir })
  const tried: string[] = []
  const npm = async (spec: string) => {
    tried.push(spec)
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  }
  expect(await updatePlugins([], { config, npm })).toMatchObject([
    { name: 'a', state: 'failed', error: { code: 'disk_full' } },
    { name: 'b', state: 'failed', error: { code: 'disk_full' } },
  ])
  expect(tried).toEqual(['a', 'b'])
})

test.each([
  ['https://me:token@host/x.tgz', 'https://********@host/x.tgz'],
  ['git+https://token@host/x.git#v1', 'git+https://********@host/x.git#v1'],
  ['https://me:to@ken@host/x', 'https://********@host/x'],
  ['https://host/@scope/x', 'https://host/@scope/x'],
  ['https://host?mail=a@b', 'https://host?mail=a@b'],
  ['@scope/name@1.0.0', '@scope/name@1.0.0'],
])('%s may be shown as %s', (address, shown) => {
  expect(withoutPassword(address)).toBe(shown)
})
