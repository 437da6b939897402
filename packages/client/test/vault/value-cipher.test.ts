import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { makeValueCipher } from '../../src/vault/value-cipher.ts'
import { runs } from '../fixtures/folders.ts'

const cipher = makeValueCipher(randomBytes(32))
const place = fc.record({ table: fc.string(), row: fc.string(), column: fc.string() })
const value = fc.uint8Array({ maxLength: 200 })
const isDamage = expect.objectContaining({ code: 'file_damaged' })

test('opens what it sealed, at its place', () => {
  fc.assert(
    fc.property(place, value, (where, bytes) => {
      expect(cipher.open(where, cipher.seal(where, bytes))).toEqual(Buffer.from(bytes))
    }),
    { numRuns: runs(100) },
  )
})

test('refuses a value moved to another table, row or column', () => {
  fc.assert(
    fc.property(place, place, value, (from, to, bytes) => {
      fc.pre(JSON.stringify(from) !== JSON.stringify(to))
      expect(() => cipher.open(to, cipher.seal(from, bytes))).toThrow(isDamage)
    }),
    { numRuns: runs(100) },
  )
})

test('refuses a place whose parts are cut elsewhere: ("ab","c") is not ("a","bc")', () => {
  const sealed = cipher.seal({ table: 'ab', row: 'c', column: 'd' }, Buffer.from('x'))
  expect(() => cipher.open({ table: 'a', row: 'bc', column: 'd' }, sealed)).toThrow(isDamage)
  const quoted = cipher.seal({ table: 'a","b', row: 'c', column: 'd' }, Buffer.from('x'))
  expect(() => cipher.open({ table: 'a', row: 'b","c', column: 'd' }, quoted)).toThrow(isDamage)
})

test('refuses a value with any bit flipped', () => {
  const where = { table: 'contacts', row: '1', column: 'data' }
  const sealed = cipher.seal(where, Buffer.from('the pinned key'))
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const flipped = Buffer.from(sealed)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(() => cipher.open(where, flipped)).toThrow(isDamage)
  }
})

test('refuses a value cut to any shorter length, down to a tag of four bytes', () => {
  const where = { table: 't', row: 'r', column: 'c' }
  const sealed = cipher.seal(where, Buffer.from('secret'))
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => cipher.open(where, sealed.subarray(0, length))).toThrow(isDamage)
  }
})

test('opens nothing of another vault', () => {
  const where = { table: 't', row: 'r', column: 'c' }
  const other = makeValueCipher(randomBytes(32))
  expect(() => other.open(where, cipher.seal(where, Buffer.from('x')))).toThrow(isDamage)
  expect(other.tag('contact', 'bob')).not.toBe(cipher.tag('contact', 'bob'))
})

test('never seals twice with one nonce, and equal values look unlike', () => {
  const where = { table: 't', row: 'r', column: 'c' }
  const sealed = Array.from({ length: 2000 }, () => cipher.seal(where, Buffer.from('same')))
  const nonces = sealed.map((bytes) => Buffer.from(bytes.subarray(1, 13)).toString('hex'))
  expect(new Set(nonces).size).toBe(sealed.length)
})

test('makes one tag of equal parts, and others of anything else', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other)
      expect(cipher.tag('d', ...one) === cipher.tag('d', ...other)).toBe(isSame)
      expect(cipher.tag('e', ...one)).not.toBe(cipher.tag('d', ...one))
    }),
    { numRuns: runs(100) },
  )
})
