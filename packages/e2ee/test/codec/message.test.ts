import { fromBase64Url } from '@secure-chat/protocol'
import fc from 'fast-check'
import { compactDecrypt } from 'jose'
import { messageKeyOf } from '../../src/chain.ts'
import {
  type MessageBody,
  plaintextMaxBytes,
  readContent,
  readMessageHeader,
} from '../../src/index.ts'
import { decodeBody, encodeBody } from '../../src/message.ts'
import { alice, bob } from '../fixtures/people.ts'
import { exchanged, now, open, seal } from '../fixtures/talk.ts'

const body = (text: string): MessageBody => ({
  v: 1,
  id: 'x',
  from: 'alice',
  to: 'bob',
  at: now,
  kind: 'text',
  body: { text },
  prev_hash: null,
})

test('a plaintext is a multiple of 256 bytes, with the fewest spaces that make it so', () => {
  const frame = Buffer.byteLength(JSON.stringify(body('')))
  for (let length = 0; length < 600; length += 1) {
    const encoded = encodeBody(body('x'.repeat(length)))
    expect(encoded).toHaveLength(Math.ceil((frame + length) / 256) * 256)
    expect(decodeBody(encoded ?? Buffer.alloc(0))).toEqual(body('x'.repeat(length)))
  }
})

test('two short messages of different length look alike', async () => {
  const { sending } = await exchanged(alice, bob)
  const lengths = await Promise.all(
    ['no', 'yes, with pleasure'].map(async (text) => {
      const { message } = await seal(sending, { id: 'x', at: now, kind: 'text', body: { text } })
      return message.length
    }),
  )
  expect(lengths[0]).toBe(lengths[1])
})

test('the limit is judged in bytes of UTF-8, not in characters', () => {
  expect(encodeBody(body('ü'.repeat(plaintextMaxBytes / 2)))).toBeUndefined()
  expect(encodeBody(body('x'.repeat(plaintextMaxBytes / 2)))).toBeDefined()
})

test('any JSON body of a plugin kind comes out as it went in', async () => {
  const { sending, receiving } = await exchanged(alice, bob)
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 8 }), async (value) => {
      const sealed = await seal(sending, { id: 'x', at: now, kind: 'x-any', body: value })
      const opened = await open(receiving, { id: 'x', sender: 'alice', message: sealed.message })
      expect(opened.body.body).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('jose opens what we seal: the envelope is a compact JWE like any other', async () => {
  const { sending } = await exchanged(alice, bob)
  const { message, n } = await seal(sending, {
    id: 'x',
    at: now,
    kind: 'text',
    body: { text: 'ü' },
  })
  const key = messageKeyOf(fromBase64Url(sending.chainKey) ?? Buffer.alloc(0))
  const { plaintext, protectedHeader } = await compactDecrypt(message, key)
  expect(protectedHeader).toEqual({
    alg: 'dir',
    enc: 'A256GCM',
    typ: 'secure-chat-message',
    kid: sending.kid,
    n,
  })
  expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual({ ...body('ü'), id: 'x' })
})

test('a header is read without a key, and only when it is exactly one of ours', async () => {
  const { sending } = await exchanged(alice, bob)
  const { message } = await seal(sending, { id: 'x', at: now, kind: 'text', body: { text: '' } })
  expect(readMessageHeader(message)).toEqual({ kid: sending.kid, n: 0 })
  const [, ...rest] = message.split('.')
  for (const header of ['{}', '[]', 'null', `{"alg":"dir","kid":"${sending.kid}","n":0}`]) {
    const other = [Buffer.from(header).toString('base64url'), ...rest].join('.')
    expect(readMessageHeader(other)).toBeUndefined()
  }
  expect(readMessageHeader('x'.repeat(200 * 1024))).toBeUndefined()
})

test.each<[string, unknown, object]>([
  ['text', { text: 'hi' }, { kind: 'text', text: 'hi' }],
  ['text', { text: 'hi', re: 'id' }, { kind: 'text', text: 'hi', re: 'id' }],
  ['text', { text: 1 }, { kind: 'other', name: 'text', body: { text: 1 } }],
  ['text', 'hi', { kind: 'other', name: 'text', body: 'hi' }],
  ['receipt', { ids: ['a'], state: 'read' }, { kind: 'receipt', ids: ['a'], state: 'read' }],
  ['receipt', { ids: ['a'], state: 'seen' }, { kind: 'other', name: 'receipt' }],
  ['receipt', { ids: [], state: 'read' }, { kind: 'other', name: 'receipt' }],
  ['resend', { ids: ['a', 'b'] }, { kind: 'resend', ids: ['a', 'b'] }],
  ['resend', null, { kind: 'other', name: 'resend', body: null }],
  ['x-poll', [1], { kind: 'other', name: 'x-poll', body: [1] }],
  ['unheard-of', {}, { kind: 'other', name: 'unheard-of', body: {} }],
])('kind %s with body %j reads as what it is', (kind, content, expected) => {
  expect(readContent({ kind, body: content })).toMatchObject(expected)
})
