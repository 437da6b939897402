import { fromBase64Url, toBase64Url } from '@secure-chat/protocol'
import { messageKeyOf } from '../../src/chain.ts'
import {
  openMessage,
  plaintextMaxBytes,
  type ReceivingChain,
  sealMessage,
} from '../../src/index.ts'
import { craftJwe } from '../fixtures/craft.ts'
import { alice, bob, mallory } from '../fixtures/people.ts'
import { refusalOf } from '../fixtures/refusal.ts'
import { type Envelope, exchanged, now, open, seal, sealTexts } from '../fixtures/talk.ts'

const talk = async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const { chain, envelopes } = await sealTexts(sending, ['0', '1', '2'])
  const [zero, one, two] = envelopes
  if (!zero || !one || !two) throw new Error('nothing was sealed')
  return { sending, receiving, chain, zero, one, two }
}

const parts = (message: string) => message.split('.')

test('a record with another id, sender or addressee is refused', async () => {
  const { receiving, zero } = await talk()
  const moved: (readonly [ReceivingChain, Envelope])[] = [
    [receiving, { ...zero, id: 'another' }],
    [receiving, { ...zero, sender: 'mallory' }],
    [{ ...receiving, to: mallory.name }, zero],
    [
      { ...receiving, from: mallory.name },
      { ...zero, sender: 'mallory' },
    ],
  ]
  for (const [chain, envelope] of moved) {
    expect(await refusalOf(() => open(chain, envelope))).toBe('undecryptable')
  }
  const atMallory = openMessage(receiving, { ...zero, me: mallory.name })
  expect(await refusalOf(() => atMallory)).toBe('undecryptable')
})

test('a replaced kid is refused, with the chain of either kid', async () => {
  const [mine, other] = [await talk(), await talk()]
  const [head = '', ...rest] = parts(mine.zero.message)
  const header = JSON.parse(Buffer.from(head, 'base64url').toString())
  const renamed = toBase64Url(Buffer.from(JSON.stringify({ ...header, kid: other.receiving.kid })))
  const message = [renamed, ...rest].join('.')
  for (const chain of [mine.receiving, other.receiving]) {
    const opening = () => open(chain, { ...mine.zero, message })
    expect(await refusalOf(opening)).toBe('undecryptable')
  }
})

test('a message of another chain is no attack on this one, though its number was opened here', async () => {
  const [mine, other] = [await talk(), await talk()]
  const { chain } = await open(mine.receiving, mine.zero)
  expect(await refusalOf(() => open(chain, other.zero))).toBe('undecryptable')
})

test('a replaced number is refused', async () => {
  const { receiving, zero } = await talk()
  const [head = '', ...rest] = parts(zero.message)
  const header = JSON.parse(Buffer.from(head, 'base64url').toString())
  for (const n of [1, 2, 1000, 1001, -1, 0.5, '0', null, 2 ** 32, 2 ** 53, 1e300]) {
    const renumbered = toBase64Url(Buffer.from(JSON.stringify({ ...header, n })))
    const message = [renumbered, ...rest].join('.')
    expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
  }
})

test('each part of the envelope, changed in any of its first and last bytes, is refused', async () => {
  const { receiving, zero } = await talk()
  for (const [index, part] of parts(zero.message).entries()) {
    const bytes = Buffer.from(part, 'base64url')
    for (const at of [0, 1, bytes.length - 2, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      if (at < 0 || at >= changed.length) continue
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      const message = parts(zero.message).with(index, toBase64Url(changed)).join('.')
      expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
    }
  }
})

test('parts of two messages do not mix', async () => {
  const { receiving, zero, one } = await talk()
  for (const index of [0, 2, 3, 4]) {
    const message = parts(zero.message)
      .with(index, parts(one.message)[index] ?? '')
      .join('.')
    expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
  }
})

test('every truncation is refused', async () => {
  const { receiving, zero } = await talk()
  for (let length = 0; length < zero.message.length; length += 1) {
    const message = zero.message.slice(0, length)
    expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
  }
})

test('tags and nonces of another length are refused', async () => {
  const { receiving, zero } = await talk()
  const [head, key, iv = '', ciphertext, tag = ''] = parts(zero.message)
  const cut = (text: string, size: number) =>
    toBase64Url(Buffer.from(text, 'base64url').subarray(0, size))
  for (const size of [0, 4, 8, 12, 13, 14, 15]) {
    const message = [head, key, iv, ciphertext, cut(tag, size)].join('.')
    expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
  }
  for (const size of [0, 1, 8, 11]) {
    const message = [head, key, cut(iv, size), ciphertext, tag].join('.')
    expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
  }
})

test('the same bytes in lax base64url are refused', async () => {
  const { receiving, zero } = await talk()
  const lax = (index: number, change: (text: string) => string) =>
    parts(zero.message)
      .with(index, change(parts(zero.message)[index] ?? ''))
      .join('.')
  const last = (text: string) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return text.slice(0, -1) + alphabet[alphabet.indexOf(text.slice(-1)) + 1]
  }
  const changed = [
    lax(4, (text) => `${text}==`),
    // 16 bytes leave 4 unused bits in the last character: the next letter means the same bytes.
    lax(4, last),
    lax(3, (text) => `${text}\n`),
    lax(2, (text) => ` ${text}`),
    zero.message.replaceAll('-', '+').replaceAll('_', '/'),
    `${zero.message}.`,
    `${zero.message}.AAAA`,
  ].filter((message) => message !== zero.message)
  for (const message of changed) {
    expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
  }
})

test('an encrypted key, which alg dir has none of, is refused', async () => {
  const { receiving, zero } = await talk()
  const message = parts(zero.message).with(1, 'AAAA').join('.')
  expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
})

test('another cipher under the right header is refused', async () => {
  const { receiving, sending, zero } = await talk()
  const messageKey = messageKeyOf(fromBase64Url(sending.chainKey) ?? Buffer.alloc(0))
  const message = craftJwe({
    header: { alg: 'dir', enc: 'A256GCM', typ: 'secure-chat-message', kid: sending.kid, n: 0 },
    key: messageKey.subarray(0, 16),
    cipher: 'aes-128-gcm',
    plaintext: ' '.repeat(256),
  })
  expect(await refusalOf(() => open(receiving, { ...zero, message }))).toBe('undecryptable')
})

test('a jump of 1,000 opens, one more is refused', async () => {
  const { sending, receiving } = await talk()
  let chain = sending
  const envelopes: Envelope[] = []
  for (let n = 0; n <= 1001; n += 1) {
    const id = `${n}`
    const sealed = await seal(chain, { id, at: now, kind: 'text', body: {} })
    envelopes.push({ id, sender: 'alice', message: sealed.message })
    chain = sealed.chain
  }
  const [thousand, beyond] = envelopes.slice(1000)
  if (!thousand || !beyond) throw new Error('nothing was sealed')
  expect(await refusalOf(() => open(receiving, beyond))).toBe('undecryptable')
  const opened = await open(receiving, thousand)
  expect(opened.notices).toEqual([{ kind: 'gap', from: 0, to: 999 }])
  expect(opened.chain.skipped).toHaveLength(1000)
  const further = await open(opened.chain, beyond)
  expect(further.chain.skipped).toHaveLength(1000)
})

test('skipped keys stay at 1,000: the oldest go', async () => {
  const { sending, receiving } = await talk()
  let chain = sending
  let state = receiving
  for (let n = 0; n <= 1400; n += 1) {
    const sealed = await seal(chain, { id: `${n}`, at: now, kind: 'text', body: {} })
    chain = sealed.chain
    if (n % 700 !== 699) continue
    state = (await open(state, { id: `${n}`, sender: 'alice', message: sealed.message })).chain
  }
  expect(state.skipped).toHaveLength(1000)
  expect(state.skipped[0]?.n).toBe(398)
})

test('a failed opening changes nothing: the genuine message opens afterwards', async () => {
  const { receiving, zero, one } = await talk()
  const before = JSON.stringify(receiving)
  const message = `${one.message.slice(0, -2)}${one.message.endsWith('AA') ? 'BA' : 'AA'}`
  await refusalOf(() => open(receiving, { ...one, message }))
  await refusalOf(() => open(receiving, { ...zero, id: 'another' }))
  expect(JSON.stringify(receiving)).toBe(before)
  expect((await open(receiving, one)).body.id).toBe(one.id)
  expect((await open(receiving, zero)).body.id).toBe(zero.id)
})

test('every refusal is the same error: code, text, no cause, no trace of a reason', async () => {
  const { receiving, zero } = await talk()
  const bad = [
    { ...zero, message: '' },
    { ...zero, id: 'another' },
    { ...zero, sender: 'mallory' },
    { ...zero, message: zero.message.slice(0, -4) },
    { ...zero, message: zero.message.replace(/^[^.]*/, 'e30') },
  ]
  const errors = await Promise.all(
    bad.map((envelope) =>
      open(receiving, envelope).then(String, (error) => ({
        ...error,
        message: error.message,
        cause: error.cause,
      })),
    ),
  )
  expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1)
})

test('a damaged state refuses to open or to seal, and says which it is', async () => {
  const { sending, receiving, zero } = await talk()
  for (const chainKey of ['', 'AAAA', '!!']) {
    const opening = () => open({ ...receiving, chainKey }, zero)
    expect(await refusalOf(opening)).toBe('undecryptable')
    const sealing = () =>
      sealMessage({ ...sending, chainKey }, { id: 'x', at: 1, kind: 'text', body: 1 })
    expect(await refusalOf(sealing)).toBe('file_damaged')
  }
})

test.each<[string, object]>([
  ['no body', { body: undefined }],
  ['a kind of upper case', { kind: 'TEXT' }],
  ['an empty kind', { kind: '' }],
  ['a negative time', { at: -1 }],
  ['a fraction of a millisecond', { at: 0.5 }],
  ['an empty id', { id: '' }],
  ['a negative void number', { void: [-1] }],
])('sealing refuses %s', async (_, change) => {
  const { chain } = await talk()
  const o = { id: 'x', at: now, kind: 'text', body: { text: 'x' }, ...change }
  expect(await refusalOf(() => sealMessage(chain, o))).toBe('invalid_request')
})

test('sealing takes what fits into 128 KiB and refuses one byte more', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  const empty = { id: 'x', at: now, kind: 'text', body: { text: '' } }
  const frame = JSON.stringify({ v: 1, from: 'alice', to: 'bob', prev_hash: null, ...empty }).length
  const text = (length: number) => ({ ...empty, body: { text: 'x'.repeat(length) } })
  const sealed = await seal(sending, text(plaintextMaxBytes - frame))
  expect(sealed.message.length).toBeLessThan(192 * 1024)
  await open(receiving, { id: 'x', sender: 'alice', message: sealed.message })
  const beyond = () => sealMessage(sending, text(plaintextMaxBytes - frame + 1))
  expect(await refusalOf(beyond)).toBe('too_large')
})
