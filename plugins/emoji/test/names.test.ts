import { describe, expect, test } from '@jest/globals'
import { complete, replaceNames } from '../src/names.ts'

describe('names of emoji', () => {
  test('become emoji, several in a line, beside punctuation', () => {
    expect(replaceNames('done :tada::rocket: (:+1:)')).toBe('done 🎉🚀 (👍)')
  })

  test('that nobody knows stay, and so do times, addresses and code', () => {
    for (const text of [
      'see :nothing_of_this_name:',
      'at 12:30:45',
      'http://[::1]:8000',
      'a:tada:b',
      '`:tada:`',
      '```\n:tada:\n```',
      '``:tada:``',
      '`` ` :tada: ` ``',
    ]) {
      expect(replaceNames(text)).toBe(text)
    }
  })

  test('become emoji behind a backquote that ends nothing', () => {
    expect(replaceNames('it`s `done`` :tada:')).toBe('it`s `done`` 🎉')
  })

  test('are found by a word, those that begin with it first', () => {
    expect(complete('tada')).toEqual(['tada'])
    const [first = ''] = complete('heart')
    expect(first.startsWith('heart')).toBe(true)
    expect(complete('heart').length).toBeLessThanOrEqual(20)
    expect(complete('')).toEqual([])
  })

  test('are found by what is written, which is no pattern', () => {
    expect(complete('+1')).toContain('+1')
    expect(['(', '.*', '[', 'x'.repeat(70_000)].flatMap(complete)).toEqual([])
  })
})
