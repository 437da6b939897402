import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { FlattenedSign } from 'jose'
import { fingerprintOf, verifyKeyChangeProof } from '../src/index.ts'
import { runs } from './runs.ts'
import { rejected } from './thrown.ts'

type Proof = { payload: string; signatures: Array<{ protected: string; signature: string }> }
type Pair = { privateKey: KeyObject; publicKey: KeyObject; fingerprint: string }

const vectors = JSON.parse(readFileSync(new URL('vectors/e2e-v1.json', import.meta.url), 'utf8'))
const proof: Proof = vectors.key_change.proof
const old = pairOf(createPrivateKey(vectors.alice.private_pem))
const next = pairOf(createPrivateKey(vectors.key_change.new_private_pem))
const stranger = pairOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
const keys = { oldKey: old.publicKey, newKey: next.publicKey }
const payload = JSON.parse(Buffer.from(proof.payload, 'base64url').toString())

test('verifies the proof that Python made', async () => {
  expect(await verifyKeyChangeProof(proof, keys)).toEqual(payload)
})

test('verifies a proof made by jose', async () => {
  expect(await verifyKeyChangeProof(await sign(payload, [old, next]), keys)).toEqual(payload)
})

describe('refuses', () => {
  const refuses = async (forged: unknown, under = keys) => {
    expect((await rejected(verifyKeyChangeProof(forged, under))).code).toBe('bad_proof')
  }
  const [first, second] = proof.signatures as [Proof['signatures'][0], Proof['signatures'][0]]

  test('what is no general-JSON JWS', async () => {
    for (const value of [undefined, null, 1, 'text', JSON.stringify(proof), [], {}, [proof]])
      await refuses(value)
  })

  test('one signature, three, or the same twice', async () => {
    await refuses({ ...proof, signatures: [first] })
    await refuses({ ...proof, signatures: [second] })
    await refuses({ ...proof, signatures: [first, second, second] })
    await refuses({ ...proof, signatures: [first, first] })
    await refuses({ ...proof, signatures: { 0: first, 1: second, length: 2 } })
  })

  test('the new key first', async () => {
    await refuses({ ...proof, signatures: [second, first] })
    await refuses(await sign(payload, [next, old]))
  })

  test('other keys than those that are changed', async () => {
    await refuses(proof, { oldKey: old.publicKey, newKey: stranger.publicKey })
    await refuses(proof, { oldKey: stranger.publicKey, newKey: next.publicKey })
    await refuses(await sign(payload, [stranger, next]))
    await refuses(await sign(payload, [old, stranger]))
    await refuses(await sign(payload, [{ ...stranger, fingerprint: old.fingerprint }, next]))
  })

  test('a further member anywhere', async () => {
    await refuses({ ...proof, header: {} })
    await refuses({ ...proof, signatures: [{ ...first, header: { alg: 'none' } }, second] })
    await refuses(await sign({ ...payload, admin: true }, [old, next]))
    await refuses(await sign(payload, [old, next], { crit: ['b64'], b64: true }))
    await refuses(await sign(payload, [old, next], { jku: 'https://example.org' }))
  })

  test('another algorithm or type in the header', async () => {
    await refuses(await sign(payload, [old, next], { alg: 'RS256' }))
    await refuses(await sign(payload, [old, next], { alg: 'PS512' }))
    await refuses(await sign(payload, [old, next], { typ: 'secure-chat-key' }))
    await refuses(await sign(payload, [old, next], { typ: undefined }))
    await refuses(await sign(payload, [old, next], { kid: next.fingerprint }))
  })

  test.each([
    ['version', { v: 2 }],
    ['version as text', { v: '1' }],
    ['name', { name: 'a' }],
    ['name of another type', { name: ['alice'] }],
    ['server', { server: '' }],
    ['old key', { old_key: 'A'.repeat(64) }],
    ['old key of somebody else', { old_key: 'a'.repeat(64) }],
    ['new key of somebody else', { new_key: 'a'.repeat(64) }],
    ['negative seq', { seq: -1 }],
    ['fractional seq', { seq: 1.5 }],
    ['unsafe seq', { seq: 2 ** 53 }],
    ['time as text', { iat: '2026-01-01' }],
  ])('a wrong %s, however well it is signed', async (_, change) => {
    await refuses(await sign({ ...payload, ...change }, [old, next]))
  })

  test('a payload that lacks a member', async () => {
    for (const member of Object.keys(payload)) {
      const { [member]: _, ...rest } = payload
      await refuses(await sign(rest, [old, next]))
    }
  })

  test('a signature in another spelling of the same bytes', async () => {
    for (const signature of [
      `${first.signature}=`,
      ` ${first.signature}`,
      `${first.signature}\n`,
    ]) {
      await refuses({ ...proof, signatures: [{ ...first, signature }, second] })
    }
    await refuses({ ...proof, payload: `${proof.payload}=` })
  })

  test('huge parts without looking at them', async () => {
    await refuses({ ...proof, payload: 'A'.repeat(200_000) })
    await refuses({ ...proof, signatures: [{ ...first, protected: 'A'.repeat(200_000) }, second] })
    await refuses({ ...proof, signatures: [{ ...first, signature: 'A'.repeat(200_000) }, second] })
  })

  test('every change of a character', async () => {
    const text = JSON.stringify(proof)
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: text.length - 1 }),
        fc.constantFrom(...'ABab09-_+/= "{}'),
        async (at, char) => {
          fc.pre(text[at] !== char)
          const mutated = parsed(text.slice(0, at) + char + text.slice(at + 1))
          fc.pre(JSON.stringify(mutated) !== text)
          await refuses(mutated)
        },
      ),
      runs(200),
    )
  })
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function pairOf(privateKey: KeyObject): Pair {
  const publicKey = createPublicKey(privateKey)
  const fingerprint = fingerprintOf(publicKey.export({ type: 'spki', format: 'der' }))
  return { privateKey, publicKey, fingerprint }
}

async function sign(
  content: object,
  signers: readonly Pair[],
  change: Record<string, unknown> = {},
): Promise<Proof> {
  const bytes = Buffer.from(JSON.stringify(content))
  const signatures = []
  for (const { privateKey, fingerprint } of signers) {
    const header = { alg: 'PS256', typ: 'secure-chat-key-change', kid: fingerprint, ...change }
    const jws = await new FlattenedSign(bytes)
      .setProtectedHeader(header)
      .sign(privateKey, { crit: { b64: true } })
    signatures.push({ protected: jws.protected ?? '', signature: jws.signature })
  }
  return { payload: bytes.toString('base64url'), signatures }
}
