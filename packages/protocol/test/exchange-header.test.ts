import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { readExchangeHeader } from '../src/index.ts'
import { runs } from './runs.ts'

const vectors = JSON.parse(readFileSync(new URL('vectors/e2e-v1.json', import.meta.url), 'utf8'))
const jwe: string = vectors.exchange.encrypted_key
const parts = jwe.split('.')
const header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString())

const withPart = (index: number, part: string) =>
  parts.map((old, at) => (at === index ? part : old)).join('.')
const withHeader = (value: unknown) =>
  withPart(0, Buffer.from(JSON.stringify(value)).toString('base64url'))

test('reads whom the published exchange is for', () => {
  expect(readExchangeHeader(jwe)).toEqual({ kid: vectors.bob.fingerprint })
})

test('takes header members in any order', () => {
  const { alg, enc, cty, kid } = header
  expect(readExchangeHeader(withHeader({ kid, cty, enc, alg }))).toEqual({ kid })
})

test.each([
  ['one more member', { ...header, zip: 'DEF' }],
  ['crit', { ...header, crit: ['x'] }],
  ['a key of its own', { ...header, jwk: {} }],
  ['another key algorithm', { ...header, alg: 'RSA1_5' }],
  ['direct encryption', { ...header, alg: 'dir' }],
  ['another content algorithm', { ...header, enc: 'A128CBC-HS256' }],
  ['another content type', { ...header, cty: 'JWT' }],
  ['an upper-case fingerprint', { ...header, kid: header.kid.toUpperCase() }],
  ['a short fingerprint', { ...header, kid: header.kid.slice(1) }],
  ['a kid that is no text', { ...header, kid: [header.kid] }],
  ['no kid', { ...header, kid: undefined }],
  ['a list', [header]],
  ['null', null],
])('refuses a header with %s', (_, value) => {
  expect(readExchangeHeader(withHeader(value))).toBeUndefined()
})

test.each([
  ['nothing', ''],
  ['four parts', parts.slice(0, 4).join('.')],
  ['six parts', `${jwe}.AA`],
  ['a signed token', parts.slice(0, 3).join('.')],
  ['no wrapped key', withPart(1, '')],
  ['a wrapped key of RSA-1024', withPart(1, Buffer.alloc(128).toString('base64url'))],
  ['a wrapped key beyond RSA-8192', withPart(1, Buffer.alloc(1025).toString('base64url'))],
  ['an IV of 16 bytes', withPart(2, Buffer.alloc(16).toString('base64url'))],
  ['an empty ciphertext', withPart(3, '')],
  ['a tag of 4 bytes', withPart(4, 'AAAAAA')],
  ['padding', `${jwe}=`],
  ['a line feed', `${jwe}\n`],
  ['a header that is no JSON', withPart(0, 'AAAA')],
  [
    'a byte order mark',
    withPart(0, Buffer.from(`\ufeff${JSON.stringify(header)}`).toString('base64url')),
  ],
  ['more than 16 KiB', withPart(3, 'A'.repeat(16 * 1024))],
  ['dots only', '.'.repeat(16_000)],
])('refuses %s', (_, text) => {
  expect(readExchangeHeader(text)).toBeUndefined()
})

test('a changed character is refused or leaves a canonical form', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: jwe.length - 1 }),
      fc.constantFrom(...'ABYZaz09-_+/=. \n'),
      (at, char) => {
        const mutated = jwe.slice(0, at) + char + jwe.slice(at + 1)
        if (!readExchangeHeader(mutated)) return
        for (const part of mutated.split('.')) {
          expect(Buffer.from(part, 'base64url').toString('base64url')).toBe(part)
        }
      },
    ),
    runs(300),
  )
})
