import { readFileSync } from 'node:fs'
import { fromBase64Url, parseUserName } from '@secure-chat/protocol'
import {
  followKeyChanges,
  type MessageBody,
  openExchange,
  openMessage,
  openSessionKey,
  readContent,
  safetyNumber,
} from '../../src/index.ts'
import { alice, aliceLast, aliceLater, bob, mallory } from '../fixtures/people.ts'
import { refusalOf } from '../fixtures/refusal.ts'

// Made by make_vectors.py with joserfc, cryptography and openssl.
const vector = JSON.parse(readFileSync(new URL('./e2e-more.json', import.meta.url), 'utf8'))
const people = { alice, bob, mallory, 'alice-later': aliceLater, 'alice-last': aliceLast }

const open = (encryptedKey: string) =>
  openExchange({
    encryptedKey,
    sender: 'bob',
    me: { name: alice.name, identities: [alice.identity] },
    senderKeys: [bob.key],
  })

test('fingerprints are those Python computes', () => {
  for (const [name, person] of Object.entries(people)) {
    expect(person.identity.fingerprint).toBe(vector.fingerprints[name])
  }
})

test('an exchange of joserfc opens, with what it replaces and the versions it offers', async () => {
  const first = await open(vector.exchange.encrypted_key)
  expect(first).toMatchObject({ prev: null, versions: [1], iat: vector.exchange.payload.iat })
  expect(fromBase64Url(first.receiving.chainKey)?.toString('hex')).toBe(vector.exchange.chain_0)
  const second = await open(vector.exchange_2.encrypted_key)
  expect(second).toMatchObject({ prev: first.receiving.kid, versions: [1, 2] })
})

test('messages of joserfc open: Unicode, every kind, every edge of the padding, 128 KiB', async () => {
  let { receiving: chain } = await open(vector.exchange.encrypted_key)
  for (const { id, n, message, payload } of vector.conversation.messages) {
    const opened = await openMessage(chain, { id, sender: 'bob', message, me: alice.name })
    expect(told(opened.body, payload)).toEqual(payload)
    // 1 and 3 had come when a later message called them void, which only a lying server can bring about.
    expect(opened.notices).toEqual(
      payload.void ? payload.void.map((n: number) => ({ kind: 'void_received', n })) : [],
    )
    expect(opened.chain.next).toBe(n + 1)
    chain = opened.chain
  }
  expect(fromBase64Url(chain.chainKey)?.toString('hex')).toBe(vector.conversation.chain_end)
})

/** The longest texts stand in the vectors by their length. */
function told(body: MessageBody, payload: { body: unknown }): unknown {
  const content = readContent(body)
  const isLong = Object.hasOwn(Object(payload.body), 'text_length')
  return isLong && content.kind === 'text'
    ? { ...body, body: { text_length: content.text.length } }
    : body
}

describe('somebody who has the key and breaks one rule is refused:', () => {
  const { good, id, cases, tolerated } = vector.refused
  const opening = async (message: string, chain: Awaited<ReturnType<typeof open>>['receiving']) =>
    openMessage(chain, { id, sender: 'bob', message, me: alice.name })

  test('without breaking one, the message opens', async () => {
    const { receiving } = await open(vector.exchange_2.encrypted_key)
    expect((await opening(good, receiving)).body.body).toEqual({ text: 'hello' })
  })

  test.each(Object.entries<string>(cases))('%s', async (_, message) => {
    const { receiving } = await open(vector.exchange_2.encrypted_key)
    expect(await refusalOf(() => opening(message, receiving))).toBe('undecryptable')
  })

  test.each(Object.entries<string>(tolerated))('but not for %s', async (_, message) => {
    const { receiving } = await open(vector.exchange_2.encrypted_key)
    expect((await opening(message, receiving)).body.body).toEqual({ text: 'hello' })
  })
})

test.each<{ a: string[]; b: string[]; number: string }>(vector.safety_numbers)(
  'the safety number of $a and $b is the one Python computes',
  ({ a, b, number }) => {
    const side = ([name, key]: string[]) => {
      const person = Object.entries(people).find(([known]) => known === key)?.[1]
      return { name: parseUserName(name), spki: person?.identity.spki ?? Buffer.alloc(0) }
    }
    expect(safetyNumber(side(a), side(b))).toBe(number)
    expect(number).toMatch(/^\d{60}$/)
  },
)

test('key changes proved by Python are followed', async () => {
  const [first, second] = vector.key_changes
  const follow = (o: Partial<Parameters<typeof followKeyChanges>[0]>) =>
    followKeyChanges({
      name: alice.name,
      server: vector.server,
      pinned: alice.key,
      present: aliceLater.key,
      changes: [first],
      ...o,
    })
  expect(await follow({})).toBe('proved')
  const withKey = { ...first, new_public_key: aliceLater.key.pem }
  expect(await follow({ present: aliceLast.key, changes: [withKey, second] })).toBe('proved')
  expect(await follow({ present: aliceLast.key, changes: [first, second] })).toBe('unproved')
})

test('a session key sealed by Python opens, and nothing else that was sealed to the same key', async () => {
  const { sealed, sid, key, refused } = vector.session_key
  const opened = openSessionKey(alice.identity, sealed)
  expect(opened.sid.toString('hex')).toBe(sid)
  expect(opened.key.toString('hex')).toBe(key)
  for (const other of refused) {
    expect(await refusalOf(() => openSessionKey(alice.identity, other))).toBe('undecryptable')
  }
})
