import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canonicalJson } from '../../src/format/canonical-json.ts'
import { hashOf, makeSealer, type Statement, sha256 } from '../../src/format/entry.ts'

/** Written by `python3 test/vectors.py > test/vectors.json`, which knows nothing of this code. */
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../vectors.json'), 'utf8'))

describe('the format, as another implementation computes it', () => {
  test('the bytes that are hashed', () => {
    const { hash: _, ...open } = vectors.entries[2]
    expect(canonicalJson(open)).toBe(vectors.canonical)
    expect(sha256(vectors.message)).toBe(vectors.entries[2].envelope.sha256)
  })

  test('a chain with every kind of entry', () => {
    const seal = makeSealer(vectors.entries[0].chain)
    const sealed = vectors.entries.map((entry: Statement & Record<string, unknown>) => {
      const { chain: _c, seq: _s, prev: _p, hash: _h, at, ...statement } = entry
      return seal(statement as Statement, String(at))
    })
    expect(sealed).toEqual(vectors.entries)
  })
})

describe('canonical JSON', () => {
  test('sorts by UTF-16 units, names that look like numbers too, and writes nothing between', () => {
    const value = { b: [1, { z: null, a: true }], '10': 1, '9': 2, '\u{1f642}': 1, '\ufb33': 2 }
    expect(canonicalJson(value)).toBe(
      '{"10":1,"9":2,"b":[1,{"a":true,"z":null}],"\u{1f642}":1,"\ufb33":2}',
    )
  })

  test('says the same as JSON, whatever the order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        const again = JSON.parse(text)
        expect(again).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(again)).toBe(text)
      }),
    )
  })
})

test('members that nobody knows yet count, and the hash itself does not', () => {
  const [entry] = vectors.entries
  expect(hashOf(entry)).toBe(entry.hash)
  expect(hashOf({ ...entry, hash: 'another' })).toBe(entry.hash)
  expect(hashOf({ ...entry, later: 1 })).not.toBe(entry.hash)
})
