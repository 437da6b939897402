import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import { parsePublicKey, parseSessionKey, signRequest } from '@secure-chat/protocol'
import { CompactEncrypt } from 'jose'
import request from 'supertest'
import { startTestServer, type TestServer } from '../../src/testing.ts'

/**
 * The nine documented endpoints as a client written from docs/api.md alone would call them, in the
 * order of a first day: exact paths, methods, statuses and member names.
 */
const password = 'correct horse battery staple'
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const { fingerprint } = parsePublicKey(publicKey)

let server: TestServer
let bob: ReturnType<typeof caller>

beforeAll(async () => {
  server = await startTestServer()
  for (const name of ['alice', 'bob']) {
    await request(server.app)
      .post('/chat/auth/register')
      .send({ name, password, 'pub-key': publicKey })
      .expect('Content-Type', /^application\/json/)
      .expect(201, { status: 'success', name })
  }
  bob = caller(await signIn('bob'))
})

afterAll(() => server.close())

async function signIn(name: string) {
  const { body } = await request(server.app)
    .post('/chat/auth/login')
    .type('form')
    .send({ name, password })
    .expect(200)
  expect(Object.keys(body).sort()).toEqual(['expires_at', 'session-key', 'session_id'])
  const opened = privateDecrypt(
    { key: pair.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(body['session-key'], 'base64'),
  )
  const session = parseSessionKey(opened.toString('latin1'))
  if (!session) throw new Error('The session key has not the documented form')
  return session
}

/** Calls with a session proof made for exactly this request. */
function caller(session: { sid: Buffer; key: Buffer }) {
  return (method: 'get' | 'post', target: string, body?: object) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const proof = signRequest({
      ...session,
      method: method.toUpperCase(),
      target,
      mediaType: text === '' ? '' : 'application/json',
      body: Buffer.from(text),
      now: Date.now(),
    })
    const call = request(server.app)[method](target).set('Authorization', proof)
    return text === '' ? call : call.set('Content-Type', 'application/json').send(text)
  }
}

test('GET /chat/users lists who is there', async () => {
  const { body } = await bob('get', '/chat/users').expect(200)
  expect(Object.keys(body).sort()).toEqual(['next', 'users'])
  expect(body.users.map((user: { name: string }) => user.name)).toEqual(['alice', 'bob'])
  expect(Object.keys(body.users[0]).sort()).toEqual([
    'last_seen',
    'name',
    'online',
    'state',
    'text',
  ])
})

test('POST /chat/presence/{username} says how one is', async () => {
  await bob('post', '/chat/presence/bob', { status: 'busy', text: 'writing' }).expect(200, {
    status: 'OK',
  })
  const { body } = await bob('get', '/chat/users?prefix=bob').expect(200)
  expect(body.users[0]).toMatchObject({ online: true, state: 'busy', text: 'writing' })
  const refused = await bob('post', '/chat/presence/alice', { status: 'busy' }).expect(403)
  expect(refused.body.code).toBe('not_yours')
})

test('GET /chat/{username}/publickey gives the key with its fingerprint', async () => {
  const { body } = await bob('get', '/chat/alice/publickey').expect(200)
  expect(body).toMatchObject({ name: 'alice', fingerprint, seq: 0, changes: [] })
  expect(parsePublicKey(body['public-key']).fingerprint).toBe(fingerprint)
})

test('POST /chat/{username}/keyexchange, POST /chat/{username}, GET /chat/messages carry a first message', async () => {
  const alice = caller(await signIn('alice'))
  const encryptedKey = await new CompactEncrypt(
    Buffer.from('only its shape is the server’s affair'),
  )
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWS', kid: fingerprint })
    .encrypt(pair.publicKey)
  const exchanged = await alice('post', '/chat/bob/keyexchange', {
    encrypted_key: encryptedKey,
  }).expect(200)
  expect(exchanged.body).toMatchObject({ status: 'OK' })
  const sent = await alice('post', '/chat/bob', { message: 'sealed' }).expect(200)
  expect(Object.keys(sent.body).sort()).toEqual(['id', 'status', 'timestamp'])

  const { body } = await bob('get', '/chat/messages').expect(200)
  expect(body.messages).toMatchObject([
    { id: exchanged.body.id, type: 'KEY_EXCHANGE', sender: 'alice', message: encryptedKey },
    { id: sent.body.id, type: 'CHAT_MESSAGE', sender: 'alice', message: 'sealed' },
  ])
  expect(body).toMatchObject({ next: expect.any(String), more: false })
  const again = await bob('get', '/chat/messages').expect(200)
  expect(again.body.messages).toEqual(body.messages)
})

test('POST /chat/auth/logout ends the session at once', async () => {
  const alice = caller(await signIn('alice'))
  await alice('post', '/chat/auth/logout').expect(200, { status: 'OK' })
  const { body } = await alice('get', '/chat/messages')
    .expect('Content-Type', /^application\/problem\+json/)
    .expect('WWW-Authenticate', /^Bearer realm="secure-chat"/)
    .expect(401)
  expect(body).toMatchObject({ code: 'token_invalid', status: 401, error: body.detail })
})
