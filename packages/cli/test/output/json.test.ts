import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { jsonLine, jsonPretty } from '../../src/output/json.ts'

test('means the same as it did, on one line, in visible characters only', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), (value) => {
      const line = jsonLine(value)
      expect(line).not.toMatch(
        /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/,
      )
      expect(JSON.parse(line)).toEqual({ ...value })
      expect(JSON.parse(jsonPretty(value))).toEqual({ ...value })
    }),
    { numRuns: 100 },
  )
})

test('escapes what JSON lets through: C1 controls, direction overrides, invisible characters, tags', () => {
  expect(jsonLine('\u009b\u202e\u200b\u{e0041}')).toBe('"\\u009b\\u202e\\u200b\\udb40\\udc41"')
})

test('leaves letters and emoji of all languages as they are', () => {
  expect(jsonLine('Grüße 日本 🎉')).toBe('"Grüße 日本 🎉"')
})
