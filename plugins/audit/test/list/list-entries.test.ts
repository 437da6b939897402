import { describe, expect, test } from '@jest/globals'
import { listEntries, momentOf } from '../../src/list/list-entries.ts'
import { parseMoment } from '../../src/moment.ts'
import { jsonDocument, table } from '../../src/output.ts'
import {
  chainOf,
  envelope,
  first,
  moment,
  range,
  second,
  serve,
  twoChains,
} from '../support/served-log.ts'

const listed = async (filter: object) => {
  const { entries } = await listEntries(serve(twoChains()), { limit: 100, ...filter })
  return entries
}

test('the newest so many, oldest first, of all chains', async () => {
  const found = await listed({ limit: 3 })
  // As recorded: both chains have entries 8 and 9 at the same time, and the end of the first is one of them.
  expect(found.map(({ chain, seq }) => [chain, seq])).toEqual([
    [second, 8],
    [first, 9],
    [second, 9],
  ])
})

test('from a time on and before another', async () => {
  const found = await listed({ since: moment(11), until: moment(14) })
  expect(found.map(momentOf)).toEqual([11, 12, 13].map(moment))
})

test('of a user, whoever wrote, and nothing that is about no message', async () => {
  const log = {
    [second]: chainOf(second, [
      envelope(1, 'alice', 'bob'),
      envelope(2, 'bob', 'carol'),
      envelope(3, 'dave', 'carol'),
    ]),
  }
  const { entries } = await listEntries(serve(log), { limit: 100, user: 'BOB' })
  expect(entries.map(momentOf)).toEqual([1, 2].map(moment))
})

test('a long log takes no more than the limit', async () => {
  const log = {
    [second]: chainOf(
      second,
      range(4000).map((at) => envelope(at)),
    ),
  }
  const { entries } = await listEntries(serve(log, { pageSize: 1000 }), { limit: 10 })
  expect(entries.map(({ seq }) => seq)).toEqual(range(10).map((at) => at + 3991))
})

test('says when the log is broken', async () => {
  const log = twoChains()
  log[first].splice(3, 1)
  expect(await listEntries(serve(log), { limit: 5 })).toMatchObject({ isBroken: true })
})

describe('times', () => {
  const now = new Date(2026, 10, 23, 15, 30).getTime()
  test.each([
    ['2h', now - 7_200_000],
    ['3D', now - 3 * 86_400_000],
    ['today', new Date(2026, 10, 23).getTime()],
    ['yesterday', new Date(2026, 10, 22).getTime()],
    ['2026-11-01', new Date(2026, 10, 1).getTime()],
    ['2026-11-01T08:00:00Z', Date.UTC(2026, 10, 1, 8)],
  ])('%s', (text, at) => {
    expect(parseMoment(text, now)).toBe(new Date(at).toISOString())
  })

  test.each(['', 'soon', '2026-13-01', '2026', '10', '2h ago', '99999999d'])(
    '"%s" is none',
    (text) => {
      expect(() => parseMoment(text, now)).toThrow(
        expect.objectContaining({ code: 'usage', exit: 2 }),
      )
    },
  )
})

describe('output', () => {
  const hostile = '\x1b[2J\u202egnp\u2028'

  test('steers no terminal, whatever a server says', () => {
    const columns = [{ header: 'X', value: (row: string) => row }]
    expect(table(columns, [hostile], true)).toBe('X\n\\u{1b}[2J\\u{202e}gnp\\u{2028}')
    expect(table(columns, ['a\tb'], false)).toBe('a\\u{9}b')
    expect(jsonDocument({ hostile, plain: 'ä🙂' })).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(jsonDocument({ hostile }))).toEqual({ hostile })
  })
})
