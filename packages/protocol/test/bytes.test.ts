import fc from 'fast-check'
import { fitsUtf8, fromBase64Url, toBase64Url } from '../src/index.ts'
import { runs } from './runs.ts'

test('bytes come back from base64url', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromBase64Url(toBase64Url(bytes))?.equals(bytes)).toBe(true)
    }),
    runs(200),
  )
})

test('encodes a view of a larger buffer, not the buffer', () => {
  expect(toBase64Url(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe('AgM')
})

test.each(['A', 'AB', 'AA==', 'A A', 'AA\n', '+/8', 'é', 'AAAAA', '\0', 'QQ ='])(
  'refuses %j, which is not canonical',
  (text) => {
    expect(fromBase64Url(text)).toBeUndefined()
  },
)

test('whatever is taken is the one spelling of its bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
      const bytes = fromBase64Url(text)
      if (bytes) expect(toBase64Url(bytes)).toBe(text)
    }),
    runs(300),
  )
})

test('counts bytes of UTF-8 exactly', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat({ max: 60 }), (text, max) => {
      expect(fitsUtf8(text, max)).toBe(new TextEncoder().encode(text).length <= max)
    }),
    runs(300),
  )
})
