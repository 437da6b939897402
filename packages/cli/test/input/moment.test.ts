import { describe, expect, test } from '@jest/globals'
import { parseMoment } from '../../src/input/moment.ts'

const now = new Date(2026, 10, 23, 15, 30).getTime()

describe('times that people type', () => {
  test.each([
    ['now', now],
    ['90s', now - 90_000],
    ['2h', now - 7_200_000],
    ['3d', now - 259_200_000],
    ['1w', now - 604_800_000],
    ['today', new Date(2026, 10, 23).getTime()],
    ['Yesterday', new Date(2026, 10, 22).getTime()],
    ['2026-11-01', new Date(2026, 10, 1).getTime()],
    ['2026-11-01T10:00:00Z', Date.UTC(2026, 10, 1, 10)],
    ['2026-11-01T10:00', new Date(2026, 10, 1, 10).getTime()],
  ])('%s', (text, at) => {
    expect(parseMoment(text, now)).toBe(at)
  })

  test.each([
    '',
    'soon',
    '2',
    'h',
    '-2h',
    '2026-13-01',
    '2026-02-30',
    '23.11.2026',
    '1e3s',
    '2026-11-01Tnoon',
  ])('"%s" is not one: a usage error with examples', (text) => {
    expect(() => parseMoment(text, now)).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})
