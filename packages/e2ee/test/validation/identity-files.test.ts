import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isChatError } from '@secure-chat/protocol'
import fc from 'fast-check'
import { derWriter } from '../../src/der.ts'
import { importIdentity } from '../../src/index.ts'
import { alice, bob } from '../fixtures/people.ts'
import { refusalOf } from '../fixtures/refusal.ts'
import { runsFactor } from '../fixtures/runs.ts'

const vector = JSON.parse(
  readFileSync(new URL('../vectors/key-files.json', import.meta.url), 'utf8'),
)
const files = Object.values<string>(vector.files).map((base64) => Buffer.from(base64, 'base64'))
const pem = alice.identity.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(1000)],
  ['text', Buffer.from('hello')],
  [
    'a PEM frame around nothing',
    Buffer.from('-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----'),
  ],
  [
    'a PEM frame around junk',
    Buffer.from('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'),
  ],
  ['a frame that does not end', Buffer.from(pem.slice(0, 800))],
  ['two private keys', Buffer.from(pem + pem)],
  ['a SEQUENCE of itself', Buffer.from('30803080308030803080', 'hex')],
  ['a length of 4 GiB', Buffer.from('3084ffffffff0200', 'hex')],
  ['deep nesting', Buffer.concat([Buffer.alloc(20_000, Buffer.of(0x30, 0x80))])],
  ['more than 256 KiB', Buffer.alloc(256 * 1024 + 1, pem)],
])('refuses %s', async (_, data) => {
  expect(await refusalOf(() => importIdentity(data, 'x'))).toBe('invalid_key_file')
})

test('refuses a key whose numbers do not belong together', async () => {
  const jwk = alice.identity.privateKey.export({ format: 'jwk' })
  const other = bob.identity.privateKey.export({ format: 'jwk' })
  const mixed = createPrivateKey({ key: { ...other, n: String(jwk.n) }, format: 'jwk' })
  const file = Buffer.from(mixed.export({ format: 'pem', type: 'pkcs8' }).toString())
  expect(await refusalOf(() => importIdentity(file))).toBe('invalid_key_file')
})

test('says of another kind of key that it is no RSA key', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  for (const type of ['sec1', 'pkcs8'] as const) {
    const file = Buffer.from(privateKey.export({ format: 'pem', type }))
    expect(() => importIdentity(file)).toThrow(/RSA/)
    expect(() => importIdentity(file)).not.toThrow(/holds no private key/)
  }
})

test('certificates beside the key are passed over', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  const file = Buffer.from(`Bag Attributes\n${certificate}${pem}${certificate}`)
  expect(importIdentity(file).fingerprint).toBe(alice.identity.fingerprint)
})

describe('a file that asks for absurd work is refused before any is done:', () => {
  const { sequence, oid, octets, integer, explicit0, null: none, bytes } = derWriter()
  const salt = octets(Buffer.alloc(16))
  const cipher = sequence(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(16)))
  const pbes2 = (kdf: ReturnType<typeof sequence>) =>
    sequence(
      sequence(oid('1.2.840.113549.1.5.13'), sequence(kdf, cipher)),
      octets(Buffer.alloc(64)),
    )
  const pbkdf2 = (rounds: number) =>
    pbes2(sequence(oid('1.2.840.113549.1.5.12'), sequence(salt, integer(rounds))))
  const scrypt = (...numbers: number[]) =>
    pbes2(sequence(oid('1.3.6.1.4.1.11591.4.11'), sequence(salt, ...numbers.map(integer))))
  const pkcs12 = (macRounds: number) => {
    const safe = sequence(oid('1.2.840.113549.1.7.1'), explicit0(octets(bytes(sequence()))))
    const digest = sequence(
      sequence(oid('2.16.840.1.101.3.4.2.1'), none()),
      octets(Buffer.alloc(32)),
    )
    return sequence(integer(3), safe, sequence(digest, salt, integer(macRounds)))
  }

  test.each([
    ['PBKDF2', pbkdf2(2_000_001)],
    ['PBKDF2 to the utmost', pbkdf2(2 ** 31 - 1)],
    ['scrypt, cost', scrypt(2 ** 22, 8, 1)],
    ['scrypt, in parallel', scrypt(2 ** 14, 8, 2 ** 14)],
    ['scrypt without end', scrypt(2 ** 30, 2 ** 30, 2 ** 30)],
    ['PKCS#12 MAC', pkcs12(2 ** 31 - 1)],
    ['no rounds at all', pbes2(sequence(oid('1.2.840.113549.1.5.12'), sequence(salt)))],
  ])('%s', async (_, file) => {
    expect(await refusalOf(() => importIdentity(bytes(file), 'x'))).toBe('invalid_key_file')
  })
})

test('a file with some bytes changed gives the same key, or one of the three errors', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.boolean(),
      (file, changes, isCut) => {
        const data = Buffer.from(
          isCut ? file.subarray(0, (changes[0]?.[0] ?? 0) % file.length) : file,
        )
        for (const [at, value] of changes) if (data.length > 0) data[at % data.length] = value
        try {
          const { fingerprint } = importIdentity(data, vector.passphrase)
          // Certificates, names and headers carry nothing of the key.
          expect(fingerprint).toBe(vector.fingerprint)
        } catch (error) {
          if (!isChatError(error)) throw error
          expect(['invalid_key_file', 'wrong_passphrase', 'weak_key']).toContain(error.code)
        }
      },
    ),
    { numRuns: 300 * runsFactor },
  )
})
