import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { writeFolder } from '../src/folder.ts'
import { UsageError } from '../src/usage-error.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'secure-chat-create-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const files = new Map([
  ['package.json', '{}'],
  ['src/server.ts', 'export {}'],
])
/** A folder that is to be where a file is. */
const impossible = new Map([...files, ['package.json/deeper', '']])

test('writes a new folder, also below folders that are not there yet', () => {
  const folder = join(root, 'a/b/c')
  writeFolder(folder, files)
  expect(readdirSync(folder).sort()).toEqual(['package.json', 'src'])
  expect(readFileSync(join(folder, 'src/server.ts'), 'utf8')).toBe('export {}')
  expect(readdirSync(join(root, 'a/b'))).toEqual(['c'])
  mkdirSync(join(root, 'ordinary'))
  expect(statSync(folder).mode).toBe(statSync(join(root, 'ordinary')).mode)
})

test('fills an empty folder, which stays the same one, and one with a new repository in it', () => {
  const folder = join(root, 'empty')
  mkdirSync(join(folder, '.git'), { recursive: true })
  const { ino } = statSync(folder)
  writeFolder(folder, files)
  expect(readdirSync(folder).sort()).toEqual(['.git', 'package.json', 'src'])
  expect(statSync(folder).ino).toBe(ino)
  expect(readdirSync(root)).toEqual(['empty'])
})

test('leaves a folder alone in which something lies, and a file', () => {
  const folder = join(root, 'taken')
  mkdirSync(folder)
  writeFileSync(join(folder, '.hidden'), 'mine')
  expect(() => writeFolder(folder, files)).toThrow(UsageError)
  expect(() => writeFolder(join(folder, '.hidden'), files)).toThrow('is a file')
  expect(readdirSync(folder)).toEqual(['.hidden'])
  expect(readFileSync(join(folder, '.hidden'), 'utf8')).toBe('mine')
  expect(readdirSync(root)).toEqual(['taken'])
})

test('leaves nothing when it fails halfway', () => {
  expect(() => writeFolder(join(root, 'new'), impossible)).toThrow()
  expect(() => writeFolder(join(root, 'above/below/new'), impossible)).toThrow()
  expect(readdirSync(root)).toEqual([])
})
