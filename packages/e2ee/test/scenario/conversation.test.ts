import {
  isDowngrade,
  isWornOut,
  missingNumbers,
  openExchange,
  peerKeyOf,
  type ReceivingChain,
  readContent,
  sealExchange,
} from '../../src/index.ts'
import { alice, aliceLater, bob, mallory } from '../fixtures/people.ts'
import { refusalOf } from '../fixtures/refusal.ts'
import { exchanged, now, open, seal, sealTexts, textOf } from '../fixtures/talk.ts'

test('two people talk, both ways', async () => {
  const toBob = await exchanged(alice, bob)
  const toAlice = await exchanged(bob, alice)
  const hello = await sealTexts(toBob.sending, ['hello bob', 'how are you?'])
  const answer = await sealTexts(toAlice.sending, ['hello alice'])
  let { receiving } = toBob
  for (const [index, envelope] of hello.envelopes.entries()) {
    const opened = await open(receiving, envelope)
    expect(textOf(opened.body)).toBe(['hello bob', 'how are you?'][index])
    expect(opened.notices).toEqual([])
    receiving = opened.chain
  }
  const [envelope] = answer.envelopes
  if (!envelope) throw new Error('nothing was sealed')
  const opened = await open(toAlice.receiving, envelope)
  expect(opened.body).toMatchObject({ from: 'bob', to: 'alice', at: now, prev_hash: null })
})

test('first messages sent by both at once share no chain, and both are read', async () => {
  const [mine, yours] = await Promise.all([exchanged(alice, bob), exchanged(bob, alice)])
  expect(mine.sending.kid).not.toBe(yours.sending.kid)
  expect(mine.sending.chainKey).not.toBe(yours.sending.chainKey)
  for (const { sending, receiving } of [mine, yours]) {
    const { envelopes } = await sealTexts(sending, ['at once'])
    for (const envelope of envelopes) {
      expect(textOf((await open(receiving, envelope)).body)).toBe('at once')
    }
  }
})

test('two terminals of one account send under keys of their own', async () => {
  const laptop = await exchanged(alice, bob)
  const phone = await exchanged(alice, bob)
  const fromLaptop = await sealTexts(laptop.sending, ['laptop 0', 'laptop 1'])
  const fromPhone = await sealTexts(phone.sending, ['phone 0', 'phone 1'])
  const chains = new Map([laptop, phone].map(({ receiving }) => [receiving.kid, receiving]))
  const texts: unknown[] = []
  for (const index of [0, 1]) {
    for (const envelope of [fromLaptop.envelopes[index], fromPhone.envelopes[index]]) {
      const kid = envelope?.id.slice(0, 22) ?? ''
      const chain = chains.get(kid)
      if (!chain || !envelope) throw new Error('no chain')
      const opened = await open(chain, envelope)
      expect(opened.notices).toEqual([])
      chains.set(kid, opened.chain)
      texts.push(textOf(opened.body))
    }
  }
  expect(texts).toEqual(['laptop 0', 'phone 0', 'laptop 1', 'phone 1'])
})

test('an exchange that was lost goes again with the same bytes and opens then', async () => {
  const { encryptedKey, sending } = await sealExchange({ me: alice, peer: bob, prev: null, now })
  const { envelopes } = await sealTexts(sending, ['before the key'])
  const { receiving } = await openExchange({
    encryptedKey,
    sender: 'alice',
    me: { name: bob.name, identities: [bob.identity] },
    senderKeys: [alice.key],
  })
  const [envelope] = envelopes
  if (!envelope) throw new Error('nothing was sealed')
  expect(textOf((await open(receiving, envelope)).body)).toBe('before the key')
})

test('an exchange that comes twice is a repeat', async () => {
  const { encryptedKey, receiving } = await exchanged(alice, bob)
  const again = openExchange({
    encryptedKey,
    sender: 'alice',
    me: { name: bob.name, identities: [bob.identity] },
    senderKeys: [alice.key],
    isKnownKid: (kid) => kid === receiving.kid,
  })
  expect(await refusalOf(() => again)).toBe('undecryptable: repeat')
})

test('a message that comes twice is a repeat, the same number with another ciphertext an attack', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const first = await seal(sending, { id: 'a', at: now, kind: 'text', body: { text: 'first' } })
  const other = await seal(sending, { id: 'a', at: now, kind: 'text', body: { text: 'other' } })
  const opened = await open(receiving, { id: 'a', sender: 'alice', message: first.message })
  const again = (message: string) => () => open(opened.chain, { id: 'a', sender: 'alice', message })
  expect(await refusalOf(again(first.message))).toBe('undecryptable: repeat')
  expect(await refusalOf(again(other.message))).toBe('undecryptable: attack')
})

test('a gap shows, and what comes late after all closes it', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const { envelopes } = await sealTexts(sending, ['0', '1', '2', '3', '4'])
  const notices: unknown[] = []
  let chain: ReceivingChain = receiving
  for (const n of [0, 4, 2, 3, 1]) {
    const envelope = envelopes[n]
    if (!envelope) throw new Error('nothing was sealed')
    const opened = await open(chain, envelope)
    expect(textOf(opened.body)).toBe(String(n))
    chain = opened.chain
    notices.push([n, opened.notices, missingNumbers(chain)])
  }
  expect(notices).toEqual([
    [0, [], []],
    [4, [{ kind: 'gap', from: 1, to: 3 }], [1, 2, 3]],
    [2, [{ kind: 'late', n: 2 }], [1, 3]],
    [3, [{ kind: 'late', n: 3 }], [1]],
    [1, [{ kind: 'late', n: 1 }], []],
  ])
})

test('the first messages may be the missing ones', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const { envelopes } = await sealTexts(sending, ['0', '1', '2'])
  const last = envelopes[2]
  if (!last) throw new Error('nothing was sealed')
  const opened = await open(receiving, last)
  expect(opened.notices).toEqual([{ kind: 'gap', from: 0, to: 1 }])
})

test('numbers the server refused for good are not missing', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const { chain, envelopes } = await sealTexts(sending, ['0', 'refused', 'also refused', '3'])
  const last = await seal(chain, {
    id: 'last',
    at: now,
    kind: 'text',
    body: { text: '4' },
    void: [1, 2],
  })
  const [zero, refused, , three] = envelopes
  if (!zero || !refused || !three) throw new Error('nothing was sealed')
  let state = (await open(receiving, zero)).chain
  const third = await open(state, three)
  expect(third.notices).toEqual([{ kind: 'gap', from: 1, to: 2 }])
  state = third.chain
  const fourth = await open(state, { id: 'last', sender: 'alice', message: last.message })
  expect(fourth.notices).toEqual([{ kind: 'void', numbers: [1, 2] }])
  expect(missingNumbers(fourth.chain)).toEqual([])
  // The server refused it, so nobody sends it: whoever delivers it now does not get it read.
  expect(await refusalOf(() => open(fourth.chain, refused))).toBe('undecryptable')
})

test('a void number told in the same breath as the jump makes no gap', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const { chain } = await sealTexts(sending, ['refused'])
  const next = await seal(chain, { id: 'x', at: now, kind: 'text', body: { text: '1' }, void: [0] })
  const opened = await open(receiving, { id: 'x', sender: 'alice', message: next.message })
  expect(opened.notices).toEqual([{ kind: 'void', numbers: [0] }])
})

test('a message that its sender calls refused, and that came all the same, shows', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const { chain, envelopes } = await sealTexts(sending, ['0'])
  const next = await seal(chain, { id: 'x', at: now, kind: 'text', body: { text: '1' }, void: [0] })
  const [zero] = envelopes
  if (!zero) throw new Error('nothing was sealed')
  const first = await open(receiving, zero)
  const second = await open(first.chain, { id: 'x', sender: 'alice', message: next.message })
  expect(second.notices).toEqual([{ kind: 'void_received', n: 0 }])
})

test.each([
  [[0, 1], 'the later one says so'],
  [[1, 0], 'the late one shows it'],
])('two messages sealed under one number break the link, in order %j: %s', async (order) => {
  const { sending, receiving } = await exchanged(alice, bob)
  const zero = await seal(sending, { id: '0', at: now, kind: 'text', body: { text: 'sent' } })
  const twin = await seal(sending, { id: '0', at: now, kind: 'text', body: { text: 'twin' } })
  const one = await seal(twin.chain, { id: '1', at: now, kind: 'text', body: { text: 'next' } })
  const messages = [zero.message, one.message]
  let chain: ReceivingChain = receiving
  const kinds: string[][] = []
  for (const n of order) {
    const opened = await open(chain, { id: `${n}`, sender: 'alice', message: messages[n] ?? '' })
    kinds.push(opened.notices.map(({ kind }) => kind))
    chain = opened.chain
  }
  expect(kinds[1]).toContain('broken_link')
})

test('a message under an unknown key waits and opens when the key arrives', async () => {
  const known = await exchanged(alice, bob)
  const unknown = await exchanged(alice, bob, known.sending.kid)
  const [envelope] = (await sealTexts(unknown.sending, ['new key'])).envelopes
  if (!envelope) throw new Error('nothing was sealed')
  expect(await refusalOf(() => open(known.receiving, envelope))).toBe('undecryptable')
  expect(textOf((await open(unknown.receiving, envelope)).body)).toBe('new key')
})

test('who lost the state asks for it again, and the answer says which message it was', async () => {
  const lost = await exchanged(alice, bob)
  const [unread] = (await sealTexts(lost.sending, ['unread'])).envelopes
  const fromBob = await exchanged(bob, alice)
  const asked = await seal(fromBob.sending, {
    id: 'ask',
    at: now,
    kind: 'resend',
    body: { ids: [unread?.id] },
  })
  const request = await open(fromBob.receiving, {
    id: 'ask',
    sender: 'bob',
    message: asked.message,
  })
  expect(readContent(request.body)).toEqual({ kind: 'resend', ids: [unread?.id] })
  const fresh = await exchanged(alice, bob, lost.sending.kid)
  const again = await seal(fresh.sending, {
    id: 'new-id',
    at: now,
    kind: 'text',
    body: { text: 'unread' },
    reSent: unread?.id ?? '',
  })
  const opened = await open(fresh.receiving, {
    id: 'new-id',
    sender: 'alice',
    message: again.message,
  })
  expect(opened.body).toMatchObject({ id: 'new-id', re_sent: unread?.id })
})

test('a changed peer key: exchanges of the new key open only when the caller admits it', async () => {
  const { encryptedKey } = await sealExchange({
    me: { name: alice.name, identity: aliceLater.identity },
    peer: bob,
    prev: null,
    now,
  })
  const opening = (senderKeys = [alice.key]) =>
    openExchange({
      encryptedKey,
      sender: 'alice',
      me: { name: bob.name, identities: [bob.identity] },
      senderKeys,
    })
  expect(await refusalOf(() => opening())).toBe('undecryptable')
  const { signedBy } = await opening([alice.key, aliceLater.key])
  expect(signedBy).toBe(aliceLater.identity.fingerprint)
})

test('a key of mine that I have replaced still counts for reading', async () => {
  const { encryptedKey } = await sealExchange({ me: bob, peer: alice, prev: null, now })
  const { receiving } = await openExchange({
    encryptedKey,
    sender: 'bob',
    me: { name: alice.name, identities: [aliceLater.identity, alice.identity] },
    senderKeys: [bob.key],
  })
  expect(receiving.toKey).toBe(alice.identity.fingerprint)
})

test('state survives JSON, and an older state opens again what came after it', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const stored = JSON.stringify(sending)
  const { envelopes } = await sealTexts(JSON.parse(stored), ['0', '1', '2'])
  const [zero, one] = envelopes
  if (!zero || !one) throw new Error('nothing was sealed')
  const persisted = JSON.stringify((await open(receiving, zero)).chain)
  for (const _ of ['before the crash', 'after it']) {
    expect(textOf((await open(JSON.parse(persisted), one)).body)).toBe('1')
  }
})

test('a chain is worn out after 100 messages or 24 hours', async () => {
  const { sending } = await exchanged(alice, bob)
  const day = 24 * 60 * 60 * 1000
  expect(isWornOut(sending, now)).toBe(false)
  expect(isWornOut({ ...sending, n: 99 }, now + day - 1)).toBe(false)
  expect(isWornOut({ ...sending, n: 100 }, now)).toBe(true)
  expect(isWornOut(sending, now + day)).toBe(true)
})

test('what mallory signs in the name of alice opens for nobody', async () => {
  const { encryptedKey } = await sealExchange({
    me: { name: alice.name, identity: mallory.identity },
    peer: bob,
    prev: null,
    now,
  })
  const opening = openExchange({
    encryptedKey,
    sender: 'alice',
    me: { name: bob.name, identities: [bob.identity] },
    senderKeys: [peerKeyOf(alice.identity)],
  })
  expect(await refusalOf(() => opening)).toBe('undecryptable')
})

test('a contact that seems to speak an older version than before is a downgrade', () => {
  expect(isDowngrade([1], undefined)).toBe(false)
  expect(isDowngrade([1], 1)).toBe(false)
  expect(isDowngrade([1, 2], 1)).toBe(false)
  expect(isDowngrade([1], 2)).toBe(true)
})
