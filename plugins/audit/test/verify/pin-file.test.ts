import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { makePin, readPin, writePin } from '../../src/verify/pin-file.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secure-chat-audit-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = '2026-11-23T18:00:00.000Z'
const head = { chain: '20261123T180000000Z-1f3a9c0b2d4e', seq: 3, hash: 'ab'.repeat(32), at }

test('what was kept is read again, and only its owner can', () => {
  const path = join(folder, 'audit.pin')
  const pin = makePin({ saved_at: at, heads: [head] })
  writePin(path, pin)
  writePin(path, pin)
  expect(readPin(path)).toEqual(pin)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['audit.pin'])
})

test.each(['', '{', '{}', '[]', '{"format":"secure-chat-audit-pin/2"}'])('%j is none', (text) => {
  const path = join(folder, 'other')
  writeFileSync(path, text)
  expect(() => readPin(path)).toThrow(expect.objectContaining({ code: 'file_damaged' }))
})

test('a folder that is not there is named, and nothing is left behind', () => {
  const path = join(folder, 'none', 'audit.pin')
  expect(() => writePin(path, makePin({ saved_at: at, heads: [] }))).toThrow(
    expect.objectContaining({
      code: 'file_unreadable',
      message: expect.stringContaining('no such'),
    }),
  )
})
