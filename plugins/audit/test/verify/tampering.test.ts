import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Entry, type Head, hashOf, headOf, makeSealer } from '../../src/format/entry.ts'
import { verifyLog } from '../../src/verify/verify-log.ts'
import {
  chainOf,
  envelope,
  first,
  moment,
  range,
  type ServedLog,
  second,
  serve,
  twoChains,
} from '../support/served-log.ts'

const now = () => Date.UTC(2026, 11, 1)

async function broken(log: ServedLog, options = {}) {
  const { report } = await verifyLog(serve(log), { now, ...options })
  expect(report.valid).toBe(report.broken.length === 0)
  return report.broken
}

/** Everything of a chain from the entry on, with hashes and links made to fit, as somebody with the database can. */
function resealed(entries: readonly Entry[]): Entry[] {
  const seal = makeSealer(entries[0]?.chain ?? '')
  return entries.map(({ chain: _c, seq: _s, prev: _p, hash: _h, at, ...statement }) =>
    seal(statement as Entry, at),
  )
}

test('a log that nobody touched is good', async () => {
  const { report } = await verifyLog(serve(twoChains()), { now })
  expect(report).toMatchObject({
    valid: true,
    broken: [],
    entries: 20,
    missed: 0,
    signature: 'none',
  })
  expect(report.chains).toMatchObject([
    { chain: first, first: 0, last: 9, state: 'ended' },
    { chain: second, first: 0, last: 9, state: 'running' },
  ])
})

test('an empty log is good, and has no head', async () => {
  const { report } = await verifyLog(serve({}), { now })
  expect(report).toMatchObject({ valid: true, entries: 0, head: null, from: null, chains: [] })
})

test('a chain that stopped without a last word is good, and shown as such', async () => {
  const { report } = await verifyLog(serve(twoChains(), { running: [] }), { now })
  expect(report).toMatchObject({ valid: true, chains: [{ state: 'ended' }, { state: 'stopped' }] })
})

describe('tampering is told with the number of the first entry that does not fit', () => {
  test('a field that was changed', async () => {
    const log = twoChains()
    const entry = log[second][5]
    log[second][5] = {
      ...entry,
      envelope: { ...Object(entry).envelope, recipient: 'mallory' },
    } as Entry
    expect(await broken(log)).toEqual([
      { chain: second, seq: 5, text: 'was changed: its hash is another one' },
    ])
  })

  test('a field that was changed together with the hash of its entry', async () => {
    const log = twoChains()
    const changed = { ...Object(log[second][5]), at: moment(50) }
    log[second][5] = { ...changed, hash: hashOf(changed) }
    expect(await broken(log)).toEqual([
      { chain: second, seq: 6, text: 'does not follow the entry before it' },
    ])
  })

  test('an entry that was removed', async () => {
    const log = twoChains()
    log[second].splice(4, 1)
    expect(await broken(log)).toMatchObject(
      [{ chain: second, seq: 4, text: /missing/ }].map(matching),
    )
  })

  test('two entries that changed places', async () => {
    const log = twoChains()
    const [a, b] = log[first].splice(3, 2)
    if (a && b) log[first].splice(3, 0, b, a)
    expect(await broken(log)).toMatchObject([{ chain: first, seq: 3 }])
  })

  test('an entry that was put in', async () => {
    const log = twoChains()
    const [, , extra] = chainOf(second, [envelope(1), envelope(99)])
    if (extra) log[second].splice(3, 0, extra)
    expect(await broken(log)).toMatchObject([{ chain: second, seq: 3 }])
  })

  test('an entry that stands there twice', async () => {
    const log = twoChains()
    const twice = log[second][3]
    if (twice) log[second].splice(4, 0, twice)
    expect(await broken(log)).toMatchObject([{ chain: second, seq: 4 }])
  })

  test('an entry of another chain', async () => {
    const log = twoChains()
    const foreign = log[first][4]
    if (foreign) log[second][4] = foreign
    expect(await broken(log)).toMatchObject(
      [{ chain: second, seq: 4, text: /another chain/ }].map(matching),
    )
  })

  test('an entry behind the end', async () => {
    const log = twoChains()
    log[first] = resealed(
      [...log[first], ...log[second].slice(-1)].map((entry) => ({ ...entry, chain: first })),
    )
    const [, ...others] = await broken(log)
    expect(others).toEqual([])
    expect(await broken(log)).toMatchObject(
      [{ chain: first, seq: 10, text: /behind the end/ }].map(matching),
    )
  })

  test('a start in the middle, and a chain that has none', async () => {
    const [start, ...rest] = chainOf(second, [envelope(1)])
    expect(await broken({ [second]: resealed(rest) })).toMatchObject([{ seq: 0 }])
    if (start)
      expect(await broken({ [second]: resealed([start, start]) })).toMatchObject([{ seq: 1 }])
  })

  test('the end of a chain that another one knows', async () => {
    const log = twoChains()
    log[first].splice(6)
    expect(await broken(log)).toMatchObject([
      {
        chain: first,
        seq: 9,
        text: `is missing, as everything behind entry 5 is: entry 1 of chain ${second} names it`,
      },
    ])
  })

  test('a whole chain that another one knows', async () => {
    const { [second]: rest } = twoChains()
    expect(await broken({ [second]: rest })).toMatchObject(
      [{ chain: first, seq: 9, text: /whole chain/ }].map(matching),
    )
  })

  test('a chain that was written anew from an entry on, with everything made to fit', async () => {
    const log = twoChains()
    log[first] = resealed(
      log[first].map((entry, at) => (at === 4 ? { ...entry, at: moment(40) } : entry)),
    )
    expect(await broken(log)).toMatchObject(
      [{ chain: first, seq: 9, text: /is not the one/ }].map(matching),
    )
  })

  test.each([[null], ['text'], [{}], [[]], [{ seq: 4 }], [17]])(
    '%j in place of an entry',
    async (junk) => {
      const log: ServedLog = twoChains()
      log[second]?.splice(4, 1, junk)
      expect(await broken(log)).toMatchObject([{ chain: second, seq: 4 }])
    },
  )

  test('each chain by itself', async () => {
    const log = twoChains()
    log[first].splice(2, 1)
    log[second].splice(7, 1)
    expect(await broken(log)).toMatchObject([
      { chain: first, seq: 2 },
      { chain: second, seq: 7 },
    ])
  })
})

describe('removal', () => {
  const pruned = (heads: readonly Head[], before: string) =>
    ({ kind: 'pruned', before, heads }) as const
  const longAgo = '2026-08-25T18:00:00.000Z'

  test('that the log tells of is good, of a part and of a whole chain', async () => {
    const { [first]: one } = twoChains()
    const two = chainOf(second, [pruned(one.slice(3, 4).map(headOf), longAgo), envelope(9)])
    expect(await broken({ [first]: one.slice(4), [second]: two })).toEqual([])
    const whole = chainOf(second, [pruned(one.slice(-1).map(headOf), longAgo)])
    expect(await broken({ [second]: whole })).toEqual([])
  })

  test('of one entry more than the log tells of is not', async () => {
    const { [first]: one } = twoChains()
    const two = chainOf(second, [pruned(one.slice(3, 4).map(headOf), longAgo)])
    expect(await broken({ [first]: one.slice(5), [second]: two })).toMatchObject([
      { chain: first, seq: 4 },
    ])
  })

  test('told with another hash is not', async () => {
    const { [first]: one } = twoChains()
    const heads = one.slice(3, 4).map((entry) => ({ ...headOf(entry), hash: 'ab'.repeat(32) }))
    const two = chainOf(second, [pruned(heads, longAgo)])
    expect(await broken({ [first]: one.slice(4), [second]: two })).toMatchObject([
      { chain: first, seq: 3 },
    ])
  })

  test('of what was younger than it had to become is not', async () => {
    const { [first]: one } = twoChains()
    const log = { [second]: chainOf(second, [pruned(one.slice(-1).map(headOf), longAgo)]) }
    expect(await broken(log, { keepDays: 90 })).toEqual([])
    expect(await broken(log, { keepDays: 91 })).toMatchObject(
      [{ chain: second, seq: 1, text: /90 days/ }].map(matching),
    )
    const today = { [second]: chainOf(second, [pruned(one.slice(-1).map(headOf), moment(0))]) }
    expect(await broken(today)).toMatchObject([{ chain: second, seq: 1 }])
  })
})

describe('compared with what was kept', () => {
  const kept = async (log: ServedLog) => ({
    pin: (await verifyLog(serve(log), { now })).pin,
    name: 'the file audit.pin',
  })

  test('a log that only grew is good', async () => {
    const log = twoChains()
    const pin = await kept({ ...log, [second]: log[second].slice(0, 6) })
    expect(await broken(log, { pin })).toEqual([])
  })

  test('a tail that was cut is told, though the rest fits together', async () => {
    const log = twoChains()
    const pin = await kept(log)
    log[second].splice(7)
    expect(await broken(log)).toEqual([])
    expect(await broken(log, { pin })).toMatchObject(
      [{ chain: second, seq: 9, text: /audit\.pin names it/ }].map(matching),
    )
  })

  test('a history that was written anew is told, though it fits together', async () => {
    const log = twoChains()
    const pin = await kept(log)
    log[second] = resealed(
      log[second].map((entry, at) => (at === 5 ? { ...entry, at: moment(60) } : entry)),
    )
    log[second].push(
      ...chainOf(
        second,
        range(3).map((at) => envelope(at)),
      ).slice(99),
    )
    expect(await broken(log)).toEqual([])
    expect(await broken(log, { pin })).toMatchObject(
      [{ chain: second, seq: 9, text: /is not the one/ }].map(matching),
    )
  })

  test('a whole log that is gone is told', async () => {
    const pin = await kept(twoChains())
    expect(await broken({}, { pin })).toMatchObject([{ chain: first }, { chain: second }])
  })

  test('a removal is good only for what was old enough', async () => {
    const log = twoChains()
    const pin = await kept(log)
    const third = '20270301T000000000Z-1f3a9c0b2d4e'
    const heads = log[first].slice(-1).map(headOf)
    const later = chainOf(third, [
      { kind: 'pruned', before: '2026-11-24T00:00:00.000Z', heads },
    ]).map((entry) => ({ ...entry, at: '2027-03-01T00:00:00.000Z' }))
    const rest = { [second]: log[second], [third]: resealed(later) }
    expect(await broken(rest, { pin })).toEqual([])
    const before = '2026-11-01T00:00:00.000Z'
    const forged = chainOf(third, [{ kind: 'pruned', before, heads }])
    expect(await broken({ ...rest, [third]: forged }, { pin })).toMatchObject(
      [{ chain: first, text: /before its time/ }].map(matching),
    )
  })
})

describe('any single change is noticed', () => {
  /** Every place in a value that holds text or a number. */
  function places(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
    if (typeof value !== 'object' || value === null) return [[...path]]
    return Object.entries(value).flatMap(([name, member]) => places(member, [...path, name]))
  }

  function changed(
    value: unknown,
    path: readonly (string | number)[],
    change: (old: unknown) => unknown,
  ): unknown {
    const [name, ...rest] = path
    if (name === undefined) return change(value)
    const copy = Array.isArray(value) ? [...value] : { ...Object(value) }
    copy[name] = changed(copy[name], rest, change)
    return copy
  }

  const entries = twoChains()

  test('of one character or digit, in any field of any entry', async () => {
    const place = fc.constantFrom(first, second).chain((chain) =>
      fc.nat(entries[chain].length - 1).chain((at) =>
        fc.record({
          chain: fc.constant(chain),
          at: fc.constant(at),
          path: fc.constantFrom(...places(entries[chain][at])),
          position: fc.nat(63),
          bit: fc.nat(6),
        }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(place, async ({ chain, at, path, position, bit }) => {
        const log: ServedLog = structuredClone(entries)
        const flip = (old: unknown) => {
          if (typeof old === 'number') return old ^ (1 << bit)
          const text = String(old)
          const index = position % text.length
          const unit = String.fromCharCode(text.charCodeAt(index) ^ (1 << bit))
          return text.slice(0, index) + unit + text.slice(index + 1)
        }
        log[chain]?.splice(at, 1, changed(entries[chain][at], path, flip))
        expect(await broken(log)).not.toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('of a field that is taken away or put in', async () => {
    const target = fc.record({
      at: fc.nat(9),
      member: fc.nat(10),
      name: fc.string({ minLength: 1 }),
    })
    await fc.assert(
      fc.asyncProperty(target, async ({ at, member, name }) => {
        const entry = entries[second][at] ?? {}
        const names = Object.keys(entry)
        const gone = names[member % names.length]
        const without = Object.fromEntries(Object.entries(entry).filter(([key]) => key !== gone))
        fc.pre(!(name in entry) && name !== '__proto__')
        for (const instead of [without, { ...entry, [name]: 1 }]) {
          const log: ServedLog = structuredClone(entries)
          log[second]?.splice(at, 1, instead)
          expect(await broken(log)).not.toEqual([])
        }
      }),
    )
  })

  test('of the order of entries, however they are shuffled', async () => {
    const order = fc.shuffledSubarray(range(10), { minLength: 0, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(order, async (positions) => {
        const log: ServedLog = structuredClone(entries)
        log[first] = positions.map((at) => entries[first][at])
        const isSame = positions.length === 10 && positions.every((at, index) => at === index)
        expect((await broken(log)).length === 0).toBe(isSame)
      }),
    )
  })
})

/** `text` as a pattern. */
function matching<T extends { text?: RegExp }>({ text, ...rest }: T): object {
  return { ...rest, ...(text && { text: expect.stringMatching(text) }) }
}
