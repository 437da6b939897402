import { randomBytes } from 'node:crypto'
import { toBase64Url } from '@secure-chat/protocol'
import { openExchange, type PeerKey, sealExchange } from '../../src/index.ts'
import { craftExchange, type ExchangeParts, exchangeParts } from '../fixtures/craft.ts'
import { alice, aliceLater, bob, mallory, type Person } from '../fixtures/people.ts'
import { refusalOf } from '../fixtures/refusal.ts'
import { now } from '../fixtures/talk.ts'

const opening = (
  encryptedKey: string,
  o: { sender?: string; me?: Person; senderKeys?: readonly PeerKey[] } = {},
) =>
  openExchange({
    encryptedKey,
    sender: o.sender ?? 'alice',
    me: { name: (o.me ?? bob).name, identities: [(o.me ?? bob).identity] },
    senderKeys: o.senderKeys ?? [alice.key],
  })

/** A good exchange of alice for bob, with one thing done to it. */
const spoiled = (
  change: (parts: ExchangeParts) => Partial<Parameters<typeof craftExchange>[0]>,
) => {
  const parts = exchangeParts(alice, bob)
  return craftExchange({
    ...parts,
    signer: alice.identity,
    recipient: bob.key.key,
    ...change(parts),
  })
}

const without = (value: Record<string, unknown>, member: string) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== member))

test('what the crafting tool writes opens, as long as nothing is spoiled', async () => {
  const { versions, prev, signedBy } = await opening(spoiled(() => ({})))
  expect({ versions, prev, signedBy }).toEqual({
    versions: [1],
    prev: null,
    signedBy: alice.key.fingerprint,
  })
})

const wrongPayloads: Record<string, readonly unknown[]> = {
  v: [0, 2, '1', null, true],
  versions: [[], [2], ['1'], [0, 1], 1, null, [1.5, 1], Array.from({ length: 17 }, () => 1)],
  from: ['mallory', 'bob', 'Alice', '', null, ['alice']],
  to: ['mallory', 'alice', 'Bob', '', null],
  from_key: [bob.key.fingerprint, mallory.key.fingerprint, alice.key.fingerprint.toUpperCase(), ''],
  to_key: [alice.key.fingerprint, mallory.key.fingerprint, bob.key.fingerprint.toUpperCase(), 0],
  kid: [
    '',
    'short',
    toBase64Url(randomBytes(15)),
    toBase64Url(randomBytes(17)),
    `${'A'.repeat(21)}B`,
    7,
  ],
  k: ['', toBase64Url(randomBytes(31)), toBase64Url(randomBytes(33)), `${'A'.repeat(42)}B`, null],
  iat: [-1, 1.5, '1795422240000', null, 2 ** 53],
  prev: ['', 'short', `${'A'.repeat(21)}B`, 0, false],
}

describe.each(Object.entries(wrongPayloads))('payload member %s', (member, values) => {
  test('is needed', async () => {
    const encryptedKey = spoiled(({ payload }) => ({ payload: without(payload, member) }))
    expect(await refusalOf(() => opening(encryptedKey))).toBe('undecryptable')
  })

  test.each(values.map((value) => [value]))('is refused as %j', async (value) => {
    const encryptedKey = spoiled(({ payload }) => ({ payload: { ...payload, [member]: value } }))
    expect(await refusalOf(() => opening(encryptedKey))).toBe('undecryptable')
  })
})

const wrongJwsHeaders: Record<string, readonly unknown[]> = {
  alg: ['RS256', 'PS384', 'none', 'HS256', 'ps256', null],
  typ: ['JWT', 'secure-chat-key-change', '', null],
  kid: [bob.key.fingerprint, mallory.key.fingerprint, '', null],
}

const wrongJweHeaders: Record<string, readonly unknown[]> = {
  alg: ['RSA-OAEP', 'RSA1_5', 'dir', 'RSA-OAEP-512', null],
  enc: ['A128GCM', 'A256CBC-HS512', null],
  cty: ['JWT', 'jws', '', null],
  kid: [alice.key.fingerprint, mallory.key.fingerprint, '', null],
}

const extraMembers: Record<string, unknown> = {
  zip: 'DEF',
  crit: ['exp'],
  jwk: { kty: 'RSA' },
  jku: 'https://example.org/keys',
  x5u: 'https://example.org/cert',
  x5c: [],
  typ2: 'x',
  __proto: 1,
}

describe.each(['jwsHeader', 'jweHeader'] as const)('%s', (part) => {
  const wrong = part === 'jwsHeader' ? wrongJwsHeaders : wrongJweHeaders

  test.each(
    Object.entries(wrong).flatMap(([member, values]) => values.map((value) => [member, value])),
  )('is refused with %s %j', async (member, value) => {
    const encryptedKey = spoiled((parts) => ({
      [part]: { ...parts[part], [String(member)]: value },
    }))
    expect(await refusalOf(() => opening(encryptedKey))).toBe('undecryptable')
  })

  test.each(Object.keys(wrong))('is refused without %s', async (member) => {
    const encryptedKey = spoiled((parts) => ({ [part]: without(parts[part], member) }))
    expect(await refusalOf(() => opening(encryptedKey))).toBe('undecryptable')
  })

  test.each(Object.entries(extraMembers))('is refused with %s besides', async (member, value) => {
    const encryptedKey = spoiled((parts) => ({ [part]: { ...parts[part], [member]: value } }))
    expect(await refusalOf(() => opening(encryptedKey))).toBe('undecryptable')
  })

  test('is refused with a member twice', async () => {
    const encryptedKey = spoiled((parts) => {
      const json = JSON.stringify(parts[part])
      return { [part]: `${json.slice(0, -1)},"kid":${JSON.stringify(parts[part].kid)}}` }
    })
    expect(await refusalOf(() => opening(encryptedKey))).toBe('undecryptable')
  })

  test.each(['', '{', '[]', '"x"', 'null', '{"alg":"PS256"}x'])(
    'is refused as %s',
    async (text) => {
      expect(await refusalOf(() => opening(spoiled(() => ({ [part]: text }))))).toBe(
        'undecryptable',
      )
    },
  )
})

test('a payload with a member twice is refused, one with a member of a later day is not', async () => {
  const twice = spoiled(({ payload }) => ({
    payload: `${JSON.stringify(payload).slice(0, -1)},"to":"bob"}`,
  }))
  const more = spoiled(({ payload }) => ({ payload: { ...payload, more: 1 } }))
  expect(await refusalOf(() => opening(twice))).toBe('undecryptable')
  expect((await opening(more)).versions).toEqual([1])
})

test('an exchange over 16 KiB is refused, though all in it is right', async () => {
  const padded = (spaces: number) =>
    spoiled(({ payload }) => ({ payload: JSON.stringify(payload) + ' '.repeat(spaces) }))
  expect((await opening(padded(100))).versions).toEqual([1])
  expect(await refusalOf(() => opening(padded(16 * 1024)))).toBe('undecryptable')
})

test.each([
  ['another salt length', { signature: { saltLength: 20 } }],
  ['no salt', { signature: { saltLength: 0 } }],
  ['PKCS#1 v1.5', { signature: { isPkcs1: true } }],
  ['the key of mallory', { signer: mallory.identity }],
  ['OAEP with SHA-1', { oaepHash: 'sha1' }],
])('a signature or seal with %s is refused', async (_, change) => {
  expect(await refusalOf(() => opening(spoiled(() => change)))).toBe('undecryptable')
})

test.each<[string, (jws: string) => string]>([
  ['without its signature', (jws) => jws.replace(/[^.]*$/, '')],
  ['with a cut signature', (jws) => jws.slice(0, -4)],
  ['with the payload detached', (jws) => jws.replace(/\..*\./, '..')],
  ['with a fourth part', (jws) => `${jws}.AAAA`],
  ['with padding', (jws) => `${jws}==`],
  ['empty', () => ''],
])('a JWS %s is refused', async (_, jws) => {
  expect(await refusalOf(() => opening(spoiled(() => ({ jws }))))).toBe('undecryptable')
})

describe('a good exchange, moved:', () => {
  const sealed = sealExchange({ me: alice, peer: bob, prev: null, now })

  test.each<[string, Parameters<typeof opening>[1]]>([
    ['to another recipient', { me: mallory }],
    ['to another name with the same key', { me: { ...bob, name: mallory.name } }],
    ['under another sender', { sender: 'mallory' }],
    ['under another sender with the same key', { sender: 'alice2' }],
    ['where another key is pinned', { senderKeys: [aliceLater.key, mallory.key] }],
    ['where none is pinned', { senderKeys: [] }],
  ])('%s', async (_, o) => {
    const { encryptedKey } = await sealed
    expect(await refusalOf(() => opening(encryptedKey, o))).toBe('undecryptable')
  })

  test('mallory cannot seal what alice signed for her to bob', async () => {
    const forMallory = exchangeParts(alice, mallory)
    const { jweHeader } = exchangeParts(alice, bob)
    const moved = craftExchange({
      ...forMallory,
      jweHeader,
      signer: alice.identity,
      recipient: bob.key.key,
    })
    expect(await refusalOf(() => opening(moved))).toBe('undecryptable')
  })
})

test.each(['', '.', '....', 'a.b.c.d.e', 'x'.repeat(20_000), 'é.é.é.é.é', '\u0000'])(
  'junk is refused: %j',
  async (junk) => {
    expect(await refusalOf(() => opening(junk))).toBe('undecryptable')
  },
)

test('every truncation is refused', async () => {
  const { encryptedKey } = await sealExchange({ me: alice, peer: bob, prev: null, now })
  for (let length = 0; length < encryptedKey.length; length += 29) {
    const cut = encryptedKey.slice(0, length)
    expect(await refusalOf(() => opening(cut))).toBe('undecryptable')
  }
})

test('bytes moved from the tag to the ciphertext are refused: a library that joins the two would not see it', async () => {
  const { encryptedKey } = await sealExchange({ me: alice, peer: bob, prev: null, now })
  const [head, key, iv, ciphertext = '', tag = ''] = encryptedKey.split('.')
  const all = Buffer.concat([ciphertext, tag].map((part) => Buffer.from(part, 'base64url')))
  for (const tagBytes of [4, 12, 15, 17, 32]) {
    const cut = all.length - tagBytes
    const parts = [all.subarray(0, cut), all.subarray(cut)].map(toBase64Url)
    expect(await refusalOf(() => opening([head, key, iv, ...parts].join('.')))).toBe(
      'undecryptable',
    )
  }
})
