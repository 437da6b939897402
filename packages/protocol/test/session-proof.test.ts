import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { bodyHash, nowProof, parseProof, proofMac, signRequest } from '../src/index.ts'
import { runs } from './runs.ts'
import { thrown } from './thrown.ts'

// Made with Python, checked with openssl.
const key = Buffer.from('150066c16370fb12f1f5f8c593a280480c0a57d21d54e6b8bda3e2b9da497955', 'hex')
const request = {
  sid: Buffer.from('oKGio6SlpqeoqaqrrK2urw', 'base64url'),
  key,
  method: 'POST',
  target: '/chat/bob?ack=1',
  mediaType: 'application/json',
  body: Buffer.from('{"message":"aGVsbG8"}'),
  now: 1_790_000_000_000,
  nonce: Buffer.from('AQIDBAUGBwgJCgsM', 'base64url'),
}
const vector =
  'scv1.oKGio6SlpqeoqaqrrK2urw.1790000000000.AQIDBAUGBwgJCgsM.sivWPro6k-vTAr71us-_sZPt8-uzW6SX9XHEMEEvSKU._pC4R5sw7ONkAKpoI51FatBN7njobI5ADqJKjz6azy4'
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

test('signs the published vector byte for byte', () => {
  expect(signRequest(request)).toBe(`Bearer ${vector}`)
})

test('reads the published vector back', () => {
  const proof = parseProof(vector)
  const parts = {
    ts: request.now,
    nonce: 'AQIDBAUGBwgJCgsM',
    bodyHash: bodyHash(request.body),
  }
  expect(proof).toMatchObject({ sid: 'oKGio6SlpqeoqaqrrK2urw', ...parts })
  expect(proof?.sidBytes.equals(request.sid)).toBe(true)
  expect(proof?.mac.equals(proofMac(key, { ...request, ...parts }))).toBe(true)
})

test('gives the same mac for key bytes and key object', () => {
  const parts = { method: 'GET', target: '/', mediaType: '', ts: 1, nonce: '', bodyHash: '' }
  expect(proofMac(createSecretKey(key), parts).equals(proofMac(key, parts))).toBe(true)
})

test('hashes the empty body as the hash of nothing', () => {
  expect(bodyHash(Buffer.alloc(0))).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
})

const anyRequest = fc.record({
  sid: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
  target: fc.webPath().map((path) => `/${path}`),
  mediaType: fc.constantFrom('', 'application/json', 'application/x-www-form-urlencoded'),
  body: fc.uint8Array({ maxLength: 100 }),
  now: fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
})

test('whatever is signed is read back and verifies', () => {
  fc.assert(
    fc.property(anyRequest, (any) => {
      const proof = parseProof(signRequest(any).slice('Bearer '.length))
      expect(proof).toBeDefined()
      if (!proof) return
      expect(proof.sidBytes.equals(any.sid)).toBe(true)
      expect(proof.ts).toBe(any.now)
      const mediaType = any.body.length === 0 ? '' : any.mediaType
      expect(proof.mac.equals(proofMac(any.key, { ...any, ...proof, mediaType }))).toBe(true)
    }),
    runs(200),
  )
})

test('a proof moved to another method, target, media type, time, nonce or body has another mac', () => {
  const proof = { ts: request.now, nonce: 'AQIDBAUGBwgJCgsM', bodyHash: bodyHash(request.body) }
  const macOf = (change: object) =>
    proofMac(key, { ...request, ...proof, ...change }).toString('hex')
  const macs = [
    {},
    { method: 'PUT' },
    { target: '/chat/bob' },
    { target: '/chat/bob?ack=2' },
    { target: '/chat/Bob?ack=1' },
    { mediaType: '' },
    { ts: request.now + 1 },
    { nonce: 'AQIDBAUGBwgJCgsN' },
    { bodyHash: bodyHash(Buffer.from('{"message":"aGVsbG9"}')) },
  ].map(macOf)
  expect(new Set(macs).size).toBe(macs.length)
})

test('without a body no media type is signed, whatever the caller says', () => {
  const empty = { ...request, body: Buffer.alloc(0) }
  expect(signRequest(empty)).toBe(signRequest({ ...empty, mediaType: '' }))
})

test('never uses a nonce twice', () => {
  const { nonce: _, ...fresh } = request
  const nonces = Array.from({ length: 1000 }, () => signRequest(fresh).split('.')[3])
  expect(new Set(nonces).size).toBe(1000)
})

test('no two texts mean the same proof: every single-character change is refused or means another one', () => {
  const original = parseProof(vector)
  for (let at = 0; at < vector.length; at += 1) {
    for (const char of `${alphabet}.=+/ \n`) {
      if (vector[at] === char) continue
      const read = parseProof(vector.slice(0, at) + char + vector.slice(at + 1))
      if (read) expect(read).not.toEqual(original)
    }
  }
})

test('refuses text that a lax base64url decoder takes for the same bytes', () => {
  const parts = vector.split('.')
  const swap = (index: number, part: string) =>
    parts.map((old, i) => (i === index ? part : old)).join('.')
  // The last characters carry unused bits: `x` decodes like `w`, `V` like `U`.
  expect(parseProof(swap(1, 'oKGio6SlpqeoqaqrrK2urx'))).toBeUndefined()
  expect(parseProof(swap(4, 'sivWPro6k-vTAr71us-_sZPt8-uzW6SX9XHEMEEvSKV'))).toBeUndefined()
  expect(parseProof(swap(4, 'sivWPro6k+vTAr71us-_sZPt8-uzW6SX9XHEMEEvSKU'))).toBeUndefined()
  expect(parseProof(swap(5, `${parts[5]}=`))).toBeUndefined()
})

test.each([
  ['nothing', ''],
  ['another version', vector.replace('scv1', 'scv2')],
  ['upper-case scheme', vector.replace('scv1', 'SCV1')],
  ['a line feed behind', `${vector}\n`],
  ['a blank before', ` ${vector}`],
  ['a twelve-digit time', vector.replace('1790000000000', '179000000000')],
  ['a time with a leading zero', vector.replace('1790000000000', '0790000000000')],
  ['a signed time', vector.replace('1790000000000', '-790000000000')],
  ['a time in other digits', vector.replace('1790000000000', '179000000000٣')],
  ['a part too many', `${vector}.A`],
  ['a part too few', vector.slice(0, vector.lastIndexOf('.'))],
  ['an empty nonce', vector.replace('AQIDBAUGBwgJCgsM', '')],
  ['a hundred thousand characters', `scv1.${'A'.repeat(100_000)}`],
])('refuses %s', (_, text) => {
  expect(parseProof(text)).toBeUndefined()
})

test('takes no other text of the right length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 146, maxLength: 146 }), (text) => {
      expect(parseProof(text)).toBeUndefined()
    }),
    runs(200),
  )
})

test('refuses to sign what could be read as two requests', () => {
  const bad = [
    { target: '/chat/bob\napplication/json' },
    { target: '/chat/b ob' },
    { target: 'http://host/chat/bob' },
    { target: '/chat/bøb' },
    { method: 'post' },
    { method: 'GET\n/' },
    { mediaType: 'application/json; charset=utf-8' },
  ]
  for (const change of bad) {
    expect(thrown(() => signRequest({ ...request, ...change })).code).toBe('usage')
  }
})

test('the proof of the time is bound to nonce and time', () => {
  const proofs = [
    nowProof(key, 'AQIDBAUGBwgJCgsM', 1_790_000_000_000),
    nowProof(key, 'AQIDBAUGBwgJCgsM', 1_790_000_000_001),
    nowProof(key, 'AQIDBAUGBwgJCgsN', 1_790_000_000_000),
    nowProof(Buffer.alloc(32), 'AQIDBAUGBwgJCgsM', 1_790_000_000_000),
  ]
  expect(proofs[0]).toBe('gx9-h3VXzMGMBo9bz1MWIZtE38rrKQPILC_1tkiyM_U')
  expect(new Set(proofs).size).toBe(4)
})
