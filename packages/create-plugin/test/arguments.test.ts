import { describe, expect, test } from '@jest/globals'
import { readArguments } from '../src/arguments.ts'
import { UsageError } from '../src/usage-error.ts'

describe('what is typed', () => {
  test.each([
    [[], undefined],
    [['--server'], ['server']],
    [['--cli'], ['cli']],
    [['--both'], ['server', 'cli']],
    [
      ['--cli', '--server'],
      ['server', 'cli'],
    ],
    [
      ['--server', '--both'],
      ['server', 'cli'],
    ],
  ])('%j says which halves', (typed, halves) => {
    expect(readArguments(typed).halves).toEqual(halves)
  })

  test('takes the name of the package for that of the plugin', () => {
    expect(readArguments(['secure-chat-plugin-foo']).name).toBe('foo')
    expect(readArguments(['foo']).name).toBe('foo')
    expect(readArguments([]).name).toBeUndefined()
  })

  test('may stand before and behind the flags', () => {
    const expected = { name: 'foo', dir: './here', isYes: true, halves: ['cli'] }
    expect(readArguments(['foo', '--dir', './here', '-y', '--cli'])).toMatchObject(expected)
    expect(readArguments(['--cli', '--yes', '--dir=./here', 'foo'])).toMatchObject(expected)
  })

  test.each([[['foo', 'bar']], [['--serve']], [['--dir']], [['--dir=']], [['--server=yes']]])(
    '%j is refused as a wrong command line',
    (typed) => {
      const read = () => readArguments(typed)
      expect(read).toThrow(UsageError)
      expect(read).toThrow(expect.objectContaining({ exitCode: 2 }))
    },
  )
})
