import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { profilePlace } from '../../src/config/profile.ts'
import { openSettingsFile } from '../../src/config/settings-file.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'settings-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const silent = () => {
  throw new Error('nothing was damaged')
}

test('what is set is there for the next process, in a file of its owner alone', () => {
  const path = join(dir, 'profiles', 'default.json')
  openSettingsFile(path, silent).set('notify', 'bell')
  openSettingsFile(path, silent).set('server', 'https://chat.example.org')
  expect(openSettingsFile(path, silent).all()).toMatchObject({
    notify: 'bell',
    server: 'https://chat.example.org',
  })
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test.each([
  ['notify', 'loud'],
  ['timestamps', ''],
  ['connect-timeout', '0'],
  ['answer-timeout', '1.5'],
  ['server', 'chat.example.org'],
] as const)('%s cannot be "%s"', (name, value) => {
  const path = join(dir, 'default.json')
  expect(() => openSettingsFile(path, silent).set(name, value)).toThrow(
    expect.objectContaining({ code: 'usage' }),
  )
})

test.each(['', '[]', 'null', '{"notify":7}', '{"notify":"loud"}', '{"server":'])(
  'a file of %s is put aside whole',
  (text) => {
    const path = join(dir, 'default.json')
    writeFileSync(path, text, { mode: 0o600 })
    const told: string[] = []
    const file = openSettingsFile(path, (sentence) => told.push(sentence))
    expect(file.all().notify).toBe('off')
    const aside = /kept as (\S+);/.exec(told.join())?.[1] ?? ''
    expect(readFileSync(aside, 'utf8')).toBe(text)
  },
)

test('a setting of a newer version is no damage', () => {
  const path = join(dir, 'default.json')
  writeFileSync(path, '{"notify":"bell","theme":"dark"}', { mode: 0o600 })
  expect(openSettingsFile(path, silent).get('notify')).toBe('bell')
})

test.each(['', '.', '..', 'a/b', '-x', 'a b', 'x'.repeat(65)])(
  '"%s" is no name of a profile',
  (name) => {
    expect(() => profilePlace(name, { configDir: dir, dataDir: dir })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    )
  },
)
