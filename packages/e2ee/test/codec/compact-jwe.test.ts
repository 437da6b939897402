import { randomBytes } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { openDirectJwe, readCompactJwe, sealDirectJwe } from '../../src/compact-jwe.ts'

const header = { alg: 'dir', enc: 'A256GCM' }
const key = randomBytes(32)

test('opens what jose seals', async () => {
  const text = await new CompactEncrypt(Buffer.from('hello'))
    .setProtectedHeader(header)
    .encrypt(key)
  const jwe = readCompactJwe(text)
  expect(jwe?.header).toEqual(header)
  expect(jwe && openDirectJwe(jwe, key)?.toString()).toBe('hello')
})

test('another key opens nothing', () => {
  const text = sealDirectJwe({ header, key, iv: randomBytes(12), plaintext: Buffer.from('hello') })
  const jwe = readCompactJwe(text)
  expect(jwe && openDirectJwe(jwe, randomBytes(32))).toBeUndefined()
})

test('an empty plaintext is sealed and opened like any other', () => {
  const text = sealDirectJwe({ header, key, iv: randomBytes(12), plaintext: Buffer.alloc(0) })
  const jwe = readCompactJwe(text)
  expect(jwe && openDirectJwe(jwe, key)).toEqual(Buffer.alloc(0))
})

test.each([
  '',
  'a.b.c.d',
  'e30....',
  'e30.....',
  `e30..${'A'.repeat(16)}..${'A'.repeat(21)}A.x`,
  `e30..${'A'.repeat(15)}..${'A'.repeat(22)}`,
  `e30..${'A'.repeat(16)}..${'A'.repeat(16)}`,
  `e30..${'A'.repeat(16)}..${'A'.repeat(21)}B`,
  `Zm9v..${'A'.repeat(16)}..${'A'.repeat(22)}`,
])('%j is no compact JWE', (text) => {
  expect(readCompactJwe(text)).toBeUndefined()
})
