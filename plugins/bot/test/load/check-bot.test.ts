import { describe, expect, test } from '@jest/globals'
import { checkBot } from '../../src/load/check-bot.ts'
import { parseDuration } from '../../src/load/duration.ts'

const check = (exported: unknown) => checkBot(exported, { file: 'bot.ts', unnamed: 'bot' })
const answer = () => 'yes'

test('a function answers messages', () => {
  expect(check(answer)).toMatchObject({ name: 'bot', onMessage: answer })
})

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'no default export'],
  ['a text', 'bot', 'no default export'],
  ['a list', [answer], 'no default export'],
  ['a typing error', { onMesage: answer }, 'a member "onMesage"; there are name'],
  ['nothing to do', { describe: 'idle' }, 'it does nothing'],
  ['no function', { onMessage: 'hello' }, '"onMessage" is no function'],
  ['a bad name', { name: '../x', onMessage: answer }, 'its name'],
  ['a bad list', { only: 'alice', onMessage: answer }, '"only"'],
  ['no slash', { commands: { help: answer } }, '"help" in "commands"'],
  ['two words', { commands: { '/a b': answer } }, '"/a b" in "commands"'],
  ['no command', { commands: { '/a': { run: answer } } }, 'neither a function nor'],
  ['no time', { every: { hourly: answer } }, '"hourly" in "every" is no time'],
  ['no task', { every: { '1h': 'x' } }, '"1h" in "every" is no function'],
])('%s: the error says what is wrong', (_what, exported, words) => {
  expect(() => check(exported)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining(words) }),
  )
})

describe('durations', () => {
  test.each([
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })
  test.each(['', '0s', '1', 's', '-1s', '1.5h', '1 h', '1w', '100d', 'constructor'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )
})
