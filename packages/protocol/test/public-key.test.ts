import { constants, publicEncrypt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parsePublicKey } from '../src/index.ts'
import { runs } from './runs.ts'
import { thrown } from './thrown.ts'

type Good = { what: string; pem: string; fingerprint: string }
type Vectors = { good: Good[]; refused: Array<{ what: string; pem: string }> }

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('vectors/public-keys.json', import.meta.url), 'utf8'),
)
const [first] = vectors.good as [Good]

test.each(vectors.good)(
  'takes $what, with the fingerprint that Python computes',
  ({ pem, fingerprint }) => {
    const read = parsePublicKey(pem)
    expect(read.fingerprint).toBe(fingerprint)
    expect(read.pem).toBe(pem)
  },
)

test.each(vectors.refused)('refuses: $what', ({ pem }) => {
  expect(thrown(() => parsePublicKey(pem)).code).toBe('weak_key')
})

test('every key that passes can be encrypted to', () => {
  for (const { pem } of vectors.good) {
    const sealed = publicEncrypt(
      {
        key: parsePublicKey(pem).key,
        oaepHash: 'sha256',
        padding: constants.RSA_PKCS1_OAEP_PADDING,
      },
      Buffer.alloc(70),
    )
    expect(sealed.length).toBeGreaterThanOrEqual(256)
  }
})

test('normalises line ends, line lengths and blanks around to one PEM', () => {
  const body = first.pem.split('\n').slice(1, -2).join('')
  const spellings = [
    first.pem.replaceAll('\n', '\r\n'),
    `\n  ${first.pem}\n\n`,
    `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`,
  ]
  for (const pem of spellings) expect(parsePublicKey(pem).pem).toBe(first.pem)
})

test('never says more of a refused key than why', () => {
  const secret = vectors.refused.find(({ what }) => what.startsWith('PKCS#8'))?.pem ?? ''
  const { message } = thrown(() => parsePublicKey(secret))
  expect(message).toContain('private key')
  expect(message).not.toContain(secret.slice(30, 60))
})

test('refuses a long text without looking at it', () => {
  const pem = first.pem.replace('-----END', `${'A'.repeat(100_000)}\n-----END`)
  expect(thrown(() => parsePublicKey(pem)).code).toBe('weak_key')
})

test('a changed character never gives another key under the same fingerprint, only weak_key', () => {
  const position = fc.nat({ max: first.pem.length - 1 })
  const character = fc.constantFrom(...'ABZaz09+/=-_ \n\0é')
  fc.assert(
    fc.property(position, character, (at, char) => {
      const mutated = first.pem.slice(0, at) + char + first.pem.slice(at + 1)
      let read: ReturnType<typeof parsePublicKey> | undefined
      try {
        read = parsePublicKey(mutated)
      } catch (error) {
        expect(error).toMatchObject({ code: 'weak_key' })
      }
      if (read) expect(read.fingerprint === first.fingerprint).toBe(read.pem === first.pem)
    }),
    runs(300),
  )
})

test('takes no text at all', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(thrown(() => parsePublicKey(text)).code).toBe('weak_key')
    }),
    runs(200),
  )
})
