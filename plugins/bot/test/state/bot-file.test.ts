import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type BotFile, openBotFile } from '../../src/state/bot-file.ts'

let folder: string
let file: BotFile | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secure-chat-bot-'))
})
afterEach(() => {
  file?.close()
  file = undefined
  rmSync(folder, { recursive: true, force: true })
})

const path = () => join(folder, 'bots', 'default', 'bot.sqlite')
function open(): BotFile {
  file?.close()
  file = openBotFile(path())
  return file
}

test('only its owner can read it', () => {
  open()
  expect(statSync(path()).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'bots')).mode & 0o777).toBe(0o700)
})

test('any JSON comes back after a restart, under any name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (key, value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value))
      fc.pre(!key.includes('\0'))
      open().state.set(key, plain)
      expect(open().state.get(key)).toEqual(plain)
    }),
    { numRuns: 30 },
  )
})

test('names are listed by how they begin, and undefined removes', () => {
  const { state } = open()
  for (const key of ['b', 'a/2', 'a/1', 'a%', 'A/1']) state.set(key, 1)
  expect(state.keys('a/')).toEqual(['a/1', 'a/2'])
  state.set('a/1', undefined)
  expect(state.keys('a')).toEqual(['a%', 'a/2'])
  expect(state.get('a/1')).toBeUndefined()
})

test('what is done stays done, by sender and id', () => {
  open().setDone('alice', 'x', 'answer-1')
  const again = open()
  expect(again.isDone('alice', 'x')).toBe(true)
  expect(again.isDone('bob', 'x')).toBe(false)
  expect([again.isAnswer('answer-1'), again.isAnswer('x')]).toEqual([true, false])
})

test('attempts are counted over restarts, until it is done', () => {
  expect(open().countAttempt('alice', 'x')).toBe(1)
  expect(open().countAttempt('alice', 'x')).toBe(2)
  open().setDone('alice', 'x')
  expect(open().countAttempt('alice', 'x')).toBe(1)
})

describe('a file that cannot be used', () => {
  test('is one that another bot has open', () => {
    open()
    expect(() => openBotFile(path())).toThrow(
      expect.objectContaining({
        code: 'plugin_error',
        message: expect.stringContaining('running already'),
      }),
    )
  })

  test('is one that is no database', () => {
    const other = join(folder, 'other')
    writeFileSync(other, 'something else altogether, and long enough to be looked at '.repeat(20))
    expect(() => openBotFile(other)).toThrow(expect.objectContaining({ code: 'file_damaged' }))
  })

  test('is one in a folder that is a file', () => {
    writeFileSync(join(folder, 'plain'), '')
    expect(() => openBotFile(join(folder, 'plain', 'bot.sqlite'))).toThrow(
      expect.objectContaining({ code: 'file_unreadable' }),
    )
  })
})
