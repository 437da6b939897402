import fc from 'fast-check'
import { hasExactly, parseStrictJson, parseStrictJsonBytes } from '../../src/strict-json.ts'

test.each([
  '{"a":1,"a":1}',
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"x":{"a":1,"b":2,"a":3}}',
  '[{"a":1},{"b":1,"b":1}]',
  '{"__proto__":1,"__proto__":2}',
  '{"":1,"":1}',
])('refuses the duplicate members of %s', (text) => {
  expect(parseStrictJson(text)).toBeUndefined()
})

test.each(['', '{', "{'a':1}", '{"a":1,}', 'NaN', '01', '"\n"', '{"a":1}}', 'undefined'])(
  'refuses %j, which is no JSON',
  (text) => {
    expect(parseStrictJson(text)).toBeUndefined()
  },
)

test('colons, quotes and backslashes in texts count for nothing', () => {
  const value = { ':': ':{"a":1,"a":2}', '\\": ': ['"', '\\', ':', '\u2028'] }
  expect(parseStrictJson(JSON.stringify(value))).toEqual(value)
})

test('reads back whatever JSON.stringify writes, as long as it is not too deep', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const text = JSON.stringify(value)
      expect(parseStrictJson(text)).toEqual(JSON.parse(text))
    }),
  )
})

test('refuses what is nested deeper than 24 levels, in no time and without a full stack', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  expect(parseStrictJson(nested(24))).toBeDefined()
  expect(parseStrictJson(nested(25))).toBeUndefined()
  expect(parseStrictJson(nested(65_000))).toBeUndefined()
})

test('refuses bytes that are not UTF-8, and a byte order mark', () => {
  expect(parseStrictJsonBytes(Buffer.from('"ü"'))).toBe('ü')
  expect(parseStrictJsonBytes(Buffer.from('"ü"', 'latin1'))).toBeUndefined()
  expect(parseStrictJsonBytes(Buffer.from('\ufeff1'))).toBeUndefined()
})

test('exactly the members expected, own ones, with exactly their values', () => {
  const expected = { alg: 'dir', n: 0 }
  expect(hasExactly({ n: 0, alg: 'dir' }, expected)).toBe(true)
  expect(hasExactly({ alg: 'dir' }, expected)).toBe(false)
  expect(hasExactly({ alg: 'dir', n: 0, zip: 'DEF' }, expected)).toBe(false)
  expect(hasExactly({ alg: 'dir', n: '0' }, expected)).toBe(false)
  expect(hasExactly(JSON.parse('{"alg":"dir","__proto__":{"n":0}}'), expected)).toBe(false)
  expect(hasExactly({ x: 1, y: 2 }, { toString: 1, valueOf: 2 })).toBe(false)
  for (const other of [null, undefined, 'dir', 0, ['dir', 0]]) {
    expect(hasExactly(other, expected)).toBe(false)
  }
})
