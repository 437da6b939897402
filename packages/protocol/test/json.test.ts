import fc from 'fast-check'
import { parseJson } from '../src/index.ts'
import { runs } from './runs.ts'
import { thrown } from './thrown.ts'

const parse = (text: string) => parseJson(Buffer.from(text))
const codeOf = (bytes: Uint8Array) => thrown(() => parseJson(bytes)).code
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (json) => {
      fc.pre(!json.includes('__proto__'))
      expect(parse(json)).toEqual(JSON.parse(json))
    }),
    runs(200),
  )
})

test('takes 20 levels and refuses 21, of lists and of objects', () => {
  expect(parse(nested(20))).toBeDefined()
  expect(codeOf(Buffer.from(nested(21)))).toBe('invalid_json')
  expect(codeOf(Buffer.from(`${'{"a":'.repeat(21)}1${'}'.repeat(21)}`))).toBe('invalid_json')
  expect(codeOf(Buffer.from(`{"message":"x","y":${nested(20)}}`))).toBe('invalid_json')
})

test('survives a hundred thousand levels', () => {
  expect(codeOf(Buffer.from(nested(100_000)))).toBe('invalid_json')
})

test.each([
  ['nothing', ''],
  ['half an object', '{"a":1'],
  ['single quotes', "{'a':1}"],
  ['a trailing comma', '[1,]'],
  ['NaN', 'NaN'],
  ['a byte order mark', '\ufeff{}'],
  ['two documents', '{}{}'],
  ['NUL behind', '{}\0'],
  ['a raw control character in a text', '"\u0001"'],
])('refuses %s', (_, text) => {
  expect(codeOf(Buffer.from(text))).toBe('invalid_json')
})

test.each([
  ['a stray continuation byte', [0x22, 0x80, 0x22]],
  ['an overlong encoding', [0x22, 0xc0, 0xaf, 0x22]],
  ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ['a cut character', [0x22, 0xe2, 0x82, 0x22]],
  ['UTF-16', [0xff, 0xfe, 0x22, 0x00]],
])('refuses %s instead of replacing it', (_, bytes) => {
  expect(codeOf(Uint8Array.from(bytes))).toBe('invalid_json')
})

test('drops __proto__ at every depth, so that copies keep their prototype', () => {
  const value = parse('{"__proto__":{"isAdmin":true},"a":[{"__proto__":1,"b":2}],"constructor":3}')
  const copy: Record<string, unknown> = Object.assign({}, value)
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  expect(copy.isAdmin).toBeUndefined()
  expect(value).toEqual({ a: [{ b: 2 }], constructor: 3 })
  expect(Object.keys(copy)).toEqual(['a', 'constructor'])
})

test('says nothing of the content', () => {
  const error = thrown(() => parse('{"password": hunter2secret}'))
  expect(error.message).not.toContain('hunter2')
  expect(error.cause).toBeUndefined()
})
