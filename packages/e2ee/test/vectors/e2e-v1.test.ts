import { readFileSync } from 'node:fs'
import { fromBase64Url, parseUserName, verifyKeyChangeProof } from '@secure-chat/protocol'
import { firstChainKey, messageKeyOf, nextChainKey } from '../../src/chain.ts'
import {
  followKeyChanges,
  identityFromPkcs8,
  openExchange,
  openMessage,
  peerKeyOf,
  readMessageHeader,
  safetyNumber,
} from '../../src/index.ts'
import { safetyHalf } from '../../src/safety-number.ts'

// Made with Python's cryptography, opened again with joserfc: see its note.
const vector = JSON.parse(readFileSync(new URL('./e2e-v1.json', import.meta.url), 'utf8'))
const alice = identityFromPkcs8(vector.alice.private_pem)
const bob = identityFromPkcs8(vector.bob.private_pem)
const aliceName = parseUserName(vector.alice.name)
const bobName = parseUserName(vector.bob.name)

const openVector = () =>
  openExchange({
    encryptedKey: vector.exchange.encrypted_key,
    sender: 'alice',
    me: { name: bobName, identities: [bob] },
    senderKeys: [peerKeyOf(alice)],
  })

test('fingerprints are those of the vector', () => {
  expect(alice.fingerprint).toBe(vector.alice.fingerprint)
  expect(bob.fingerprint).toBe(vector.bob.fingerprint)
})

test('safety halves and the safety number are those of the vector', () => {
  expect(safetyHalf(aliceName, alice.spki)).toBe(vector.safety_half.alice)
  expect(safetyHalf(bobName, bob.spki)).toBe(vector.safety_half.bob)
  const both = [
    { name: aliceName, spki: alice.spki },
    { name: bobName, spki: bob.spki },
  ] as const
  expect(safetyNumber(both[0], both[1])).toBe(vector.safety_number)
  expect(safetyNumber(both[1], both[0])).toBe(vector.safety_number)
})

test('the exchange opens to the payload of the vector', async () => {
  const opened = await openVector()
  const { payload } = vector.exchange
  expect(opened).toMatchObject({
    iat: payload.iat,
    versions: payload.versions,
    prev: payload.prev,
    signedBy: payload.from_key,
    receiving: {
      kid: payload.kid,
      from: payload.from,
      to: payload.to,
      fromKey: payload.from_key,
      toKey: payload.to_key,
      next: 0,
    },
  })
  expect(fromBase64Url(opened.receiving.chainKey)?.toString('hex')).toBe(vector.chain_0)
})

test('chain and message keys are those of the vector', () => {
  const { payload } = vector.exchange
  const k = fromBase64Url(payload.k) ?? Buffer.alloc(0)
  let chainKey = firstChainKey(k, {
    kid: payload.kid,
    from: aliceName,
    to: bobName,
    fromKey: alice.fingerprint,
    toKey: bob.fingerprint,
  })
  expect(chainKey.toString('hex')).toBe(vector.chain_0)
  for (const expected of vector.message_keys) {
    expect(messageKeyOf(chainKey).toString('hex')).toBe(expected)
    chainKey = nextChainKey(chainKey)
  }
  expect(chainKey.toString('hex')).toBe(vector.chain_2)
})

test('the messages open, in order and the other way round', async () => {
  const { receiving } = await openVector()
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    let chain = receiving
    for (const index of order) {
      const { id, message, payload } = vector.messages[index]
      expect(readMessageHeader(message)).toEqual({ kid: receiving.kid, n: index })
      const opened = await openMessage(chain, { id, sender: 'alice', message, me: bobName })
      expect(opened.body).toEqual(payload)
      expect(opened.notices.map(({ kind }) => kind)).not.toContain('broken_link')
      chain = opened.chain
    }
    expect(fromBase64Url(chain.chainKey)?.toString('hex')).toBe(vector.chain_2)
  }
})

test('the key change is proved', async () => {
  const next = identityFromPkcs8(vector.key_change.new_private_pem)
  const { proof } = vector.key_change
  const payload = await verifyKeyChangeProof(proof, {
    oldKey: alice.publicKey,
    newKey: next.publicKey,
  })
  expect(payload).toEqual(JSON.parse(fromBase64Url(proof.payload)?.toString() ?? ''))
  const followed = await followKeyChanges({
    name: aliceName,
    server: payload.server,
    pinned: peerKeyOf(alice),
    present: peerKeyOf(next),
    changes: [{ seq: 1, old_key: alice.fingerprint, new_key: next.fingerprint, proof }],
  })
  expect(followed).toBe('proved')
})
