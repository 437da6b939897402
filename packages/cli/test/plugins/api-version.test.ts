import { describe, expect, test } from '@jest/globals'
import { takesApi } from '../../src/plugins/api-version.ts'

const version = [1, 4, 2] as const

describe('a range of plugin API versions', () => {
  test.each([
    '^1',
    '^1.0',
    '^1.4.2',
    '1',
    '1.x',
    '1.4',
    '~1.4',
    '>=1 <2',
    '>= 1.2',
    '*',
    '2 || ^1.1',
  ])('%s takes 1.4.2', (range) => expect(takesApi(range, version)).toBe(true))

  test.each(['^2', '^1.5', '0.x', '~1.3', '1.4.1', '>1.4.2', '<1', '>=2 || 0'])(
    '%s does not',
    (range) => expect(takesApi(range, version)).toBe(false),
  )

  test.each(['latest', '^one', 'file:../sdk', '1.2.3.4', '^'])('%s is none', (range) =>
    expect(takesApi(range, version)).toBeUndefined(),
  )

  test('^0.2 ends at 0.3, ^0.0.3 at 0.0.4', () => {
    expect(takesApi('^0.2', [0, 2, 9])).toBe(true)
    expect(takesApi('^0.2', [0, 3, 0])).toBe(false)
    expect(takesApi('^0.0.3', [0, 0, 4])).toBe(false)
  })
})
