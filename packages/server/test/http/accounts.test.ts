import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parsePublicKey, parseUserName } from '@secure-chat/protocol'
import { CompactSign, GeneralSign, importPKCS8 } from 'jose'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import {
  call,
  codeOf,
  goodPassword,
  type KeyPair,
  login,
  newKeyPair,
  openLogin,
  postJson,
  register,
  type SignedIn,
  signUp,
} from '../support/account.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

let count = 0
const freshName = () => `user-${++count}`
const sessionsOf = (me: SignedIn) => call(server.url, me, 'GET', '/chat/auth/sessions')
const fingerprintOf = (keys: KeyPair) => parsePublicKey(keys.publicPem).fingerprint

async function mailboxOf(
  me: SignedIn,
): Promise<Array<{ type: string; sender: string; event: unknown }>> {
  const response = await call(server.url, me, 'GET', '/chat/messages')
  const { messages } = Object(await response.json())
  return messages
    .filter(({ type }: { type: string }) => type === 'SYSTEM')
    .map(({ type, sender, message }: { type: string; sender: string; message: string }) => ({
      type,
      sender,
      event: JSON.parse(message),
    }))
}

/** Makes the two know each other, as a passed key exchange does. */
async function introduce(a: string, b: string): Promise<void> {
  await server.services.contacts.touch(parseUserName(a), parseUserName(b))
}

test('answers a registration with the documented fields and folds the name', async () => {
  const response = await register(server.url, 'Carol')
  expect([response.status, await response.json()]).toEqual([
    201,
    { status: 'success', name: 'carol' },
  ])
  const again = await register(server.url, 'CAROL')
  expect([again.status, await codeOf(again)]).toEqual([409, 'name_taken'])
})

test.each([
  'auth',
  'users',
  'messages',
  'presence',
  'stream',
  'groups',
  'keys',
  'devices',
  'batch',
  'System',
])('refuses the reserved name %s', async (name) => {
  const response = await register(server.url, name)
  expect([response.status, await codeOf(response)]).toEqual([422, 'name_reserved'])
})

test.each(['password', 'PASSWORD1', 'iloveyou', 'qwertyuiop', 'short'])(
  'refuses the password %s',
  async (password) => {
    const response = await register(server.url, freshName(), { password })
    expect([response.status, await codeOf(response)]).toEqual([422, 'weak_password'])
  },
)

test('takes passwords of any Unicode, unmodified: case, blanks and composition count', async () => {
  const name = freshName()
  const password = '  Ａ\u0065\u0301 密码🔑 '
  expect((await register(server.url, name, { password })).status).toBe(201)
  await login(server.url, name, { password })
  for (const near of [
    password.trim(),
    password.normalize('NFC'),
    password.normalize('NFKC'),
    password.toLowerCase(),
  ]) {
    if (near === password) continue
    const response = await postJson(`${server.url}/chat/auth/login`, { name, password: near })
    expect([near, await codeOf(response)]).toEqual([near, 'bad_credentials'])
  }
})

test('refuses what is no public key, and a private one', async () => {
  const keys = newKeyPair()
  for (const publicPem of ['', 'junk', keys.privatePem, `${keys.publicPem}${keys.publicPem}`]) {
    const response = await register(server.url, freshName(), { keys: { ...keys, publicPem } })
    expect([response.status, await codeOf(response)]).toEqual([422, 'weak_key'])
  }
})

test('takes no registration when closed, and says so to everybody', async () => {
  const closed = await startTestServer({ settings: { registration: 'closed' } })
  try {
    const response = await register(closed.url, 'dave')
    expect([response.status, await codeOf(response)]).toEqual([403, 'registration_closed'])
    const known = await (await fetch(`${closed.url}/.well-known/secure-chat`)).json()
    expect(known).toMatchObject({ registration: 'closed' })
  } finally {
    await closed.close()
  }
})

test('answers an unknown name and a wrong password alike', async () => {
  const name = freshName()
  await register(server.url, name)
  const answers = await Promise.all(
    [
      { name, password: 'not the password' },
      { name: 'never-seen', password: 'not the password' },
    ].map(async (body) => {
      const response = await postJson(`${server.url}/chat/auth/login`, body)
      return { status: response.status, ...Object(await response.json()), request_id: '' }
    }),
  )
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]).toMatchObject({ status: 401, code: 'bad_credentials' })
})

test('tells the other sessions of a new one, and only them', async () => {
  const first = await signUp(server.url, freshName())
  expect(await mailboxOf(first)).toEqual([])
  const second = await login(server.url, first.name)
  expect(await mailboxOf(first)).toEqual([
    {
      type: 'SYSTEM',
      sender: 'system',
      event: { event: 'session.opened', session_id: second.sessionId, at: expect.any(String) },
    },
  ])
})

test('changes the password with the old one, and ends the other sessions', async () => {
  const me = await signUp(server.url, freshName())
  const other = await login(server.url, me.name)
  const change = (password: string, new_password: string) =>
    call(server.url, me, 'POST', '/chat/auth/password', { body: { password, new_password } })
  expect(await codeOf(await change('wrong guess here', 'a quite new password'))).toBe(
    'bad_credentials',
  )
  expect(await codeOf(await change(goodPassword, 'password1'))).toBe('weak_password')
  expect((await sessionsOf(other)).status).toBe(200)
  expect((await change(goodPassword, 'a quite new password')).status).toBe(200)
  expect((await sessionsOf(other)).status).toBe(401)
  expect((await sessionsOf(me)).status).toBe(200)
  await login(server.url, me.name, { password: 'a quite new password' })
  await expect(login(server.url, me.name)).rejects.toThrow('bad_credentials')
})

test('of two changes begun under one password the later undoes nothing', async () => {
  const me = await signUp(server.url, freshName())
  const news = ['a quite new password', 'another new password']
  const answers = await Promise.all(
    news.map((new_password) =>
      call(server.url, me, 'POST', '/chat/auth/password', {
        body: { password: goodPassword, new_password },
      }),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
  const kept = news[answers.findIndex(({ status }) => status === 200)] ?? ''
  await login(server.url, me.name, { password: kept })
})

async function proofOf(o: {
  me: SignedIn
  old: KeyPair
  next: KeyPair
  change?: Record<string, unknown>
}): Promise<unknown> {
  const known: unknown = await (await fetch(`${server.url}/.well-known/secure-chat`)).json()
  const payload = {
    v: 1,
    name: o.me.name,
    server: Object(known).server_id,
    old_key: fingerprintOf(o.old),
    new_key: fingerprintOf(o.next),
    seq: 1,
    iat: Date.now(),
    ...o.change,
  }
  const jws = new GeneralSign(Buffer.from(JSON.stringify(payload)))
  for (const keys of [o.old, o.next]) {
    jws
      .addSignature(await importPKCS8(keys.privatePem, 'PS256'))
      .setProtectedHeader({ alg: 'PS256', typ: 'secure-chat-key-change', kid: fingerprintOf(keys) })
  }
  return jws.sign()
}

test('replaces the key with a proof of both keys, ends the other sessions and tells contacts', async () => {
  const [old, next] = [newKeyPair(), newKeyPair()]
  const me = await signUp(server.url, freshName(), { keys: old })
  const friend = await signUp(server.url, freshName())
  await introduce(me.name, friend.name)
  const other = await login(server.url, me.name, { keys: old })
  const proof = await proofOf({ me, old, next })
  const body = { password: goodPassword, 'pub-key': next.publicPem, proof }

  const wrong = await call(server.url, me, 'PUT', '/chat/auth/key', {
    body: { ...body, password: 'wrong guess' },
  })
  expect(await codeOf(wrong)).toBe('bad_credentials')
  const response = await call(server.url, me, 'PUT', '/chat/auth/key', { body })
  expect(await response.json()).toEqual({ status: 'OK', fingerprint: fingerprintOf(next), seq: 1 })
  expect([(await sessionsOf(other)).status, (await sessionsOf(me)).status]).toEqual([401, 200])
  await login(server.url, me.name, { keys: next })
  expect((await mailboxOf(friend)).map(({ event }) => event)).toEqual([
    {
      event: 'key.changed',
      name: me.name,
      old_key: fingerprintOf(old),
      new_key: fingerprintOf(next),
      seq: 1,
    },
  ])
  const again = await call(server.url, me, 'PUT', '/chat/auth/key', { body })
  expect([again.status, await codeOf(again)]).toEqual([422, 'bad_proof'])
})

const [sharedOld, sharedNext] = [newKeyPair(), newKeyPair()]
let ownerOfShared: Promise<SignedIn>
beforeAll(() => {
  ownerOfShared = signUp(server.url, 'owner-of-shared', { keys: sharedOld })
})

test.each([
  ['another user', { name: 'mallory' }],
  ['another server', { server: '00000000-0000-4000-8000-000000000000' }],
  ['a skipped number', { seq: 2 }],
  ['the present number', { seq: 0 }],
  ['eleven minutes ago', { iat: Date.now() - 660_000 }],
  ['eleven minutes ahead', { iat: Date.now() + 660_000 }],
  ['another old key', { old_key: 'a'.repeat(64) }],
  ['another new key', { new_key: 'a'.repeat(64) }],
  ['an unknown version', { v: 2 }],
])('refuses a key-change proof for %s', async (_what, change) => {
  const [old, next] = [sharedOld, sharedNext]
  const me = await ownerOfShared
  const body = {
    password: goodPassword,
    'pub-key': next.publicPem,
    proof: await proofOf({ me, old, next, change }),
  }
  const response = await call(server.url, me, 'PUT', '/chat/auth/key', { body })
  expect([response.status, await codeOf(response)]).toEqual([422, 'bad_proof'])
  expect((await sessionsOf(me)).status).toBe(200)
})

test.each([
  ['nothing', () => ({})],
  [
    'a compact JWS',
    async () => ({
      jws: await new CompactSign(Buffer.from('{}'))
        .setProtectedHeader({ alg: 'PS256' })
        .sign(await importPKCS8(sharedOld.privatePem, 'PS256')),
    }),
  ],
  [
    'the signatures of one key twice',
    async () => proofOf({ me: await ownerOfShared, old: sharedOld, next: sharedOld }),
  ],
  [
    'the new key first',
    async () => proofOf({ me: await ownerOfShared, old: sharedNext, next: sharedOld }),
  ],
])('refuses %s as a key-change proof', async (_what, make) => {
  const me = await ownerOfShared
  const body = { password: goodPassword, 'pub-key': sharedNext.publicPem, proof: await make() }
  const response = await call(server.url, me, 'PUT', '/chat/auth/key', { body })
  expect([response.status, await codeOf(response)]).toEqual([422, 'bad_proof'])
})

test('recovers an account whose key is lost: no proof, every session ends, owner and contacts are told', async () => {
  const [old, next] = [newKeyPair(), newKeyPair()]
  const me = await signUp(server.url, freshName(), { keys: old })
  const friend = await signUp(server.url, freshName())
  await introduce(me.name, friend.name)
  const recover = (password: string) =>
    postJson(`${server.url}/chat/auth/recover`, {
      name: me.name,
      password,
      'pub-key': next.publicPem,
    })
  expect(await codeOf(await recover('wrong guess'))).toBe('bad_credentials')
  expect((await sessionsOf(me)).status).toBe(200)
  const expected = { status: 'OK', fingerprint: fingerprintOf(next), seq: 1 }
  expect(await (await recover(goodPassword)).json()).toEqual(expected)
  expect((await sessionsOf(me)).status).toBe(401)
  expect(await (await recover(goodPassword)).json()).toEqual(expected)
  const again = await login(server.url, me.name, { keys: next })
  expect((await mailboxOf(again)).map(({ event }) => event)).toEqual([
    { event: 'account.recovered' },
  ])
  expect((await mailboxOf(friend)).map(({ event }) => event)).toEqual([
    {
      event: 'key.changed',
      name: me.name,
      old_key: fingerprintOf(old),
      new_key: fingerprintOf(next),
      seq: 1,
    },
  ])
})

test('removes an account with all that hangs on it; its name is never given out again', async () => {
  const me = await signUp(server.url, freshName())
  const other = await login(server.url, me.name)
  const friend = await signUp(server.url, freshName())
  await introduce(me.name, friend.name)
  const remove = (password: string) =>
    call(server.url, me, 'DELETE', '/chat/auth/account', { body: { password } })
  expect(await codeOf(await remove('wrong guess'))).toBe('bad_credentials')
  expect((await remove(goodPassword)).status).toBe(200)
  expect([(await sessionsOf(me)).status, (await sessionsOf(other)).status]).toEqual([401, 401])
  expect((await mailboxOf(friend)).map(({ event }) => event)).toEqual([
    { event: 'account.removed', name: me.name },
  ])
  expect(await codeOf(await register(server.url, me.name))).toBe('name_taken')
  expect(
    await codeOf(
      await postJson(`${server.url}/chat/auth/login`, { name: me.name, password: goodPassword }),
    ),
  ).toBe('bad_credentials')
  const message = await call(server.url, friend, 'POST', `/chat/${me.name}`, {
    body: { message: 'x' },
  })
  expect(await codeOf(message)).toBe('no_such_user')
})

test('seals a session key that only the private key opens, with SHA-256 in hash and MGF1', async () => {
  const keys = newKeyPair()
  const name = freshName()
  await register(server.url, name, { keys })
  const response = await postJson(`${server.url}/chat/auth/login`, { name, password: goodPassword })
  const answer: unknown = await response.json()
  expect(Object.keys(Object(answer)).sort()).toEqual(['expires_at', 'session-key', 'session_id'])
  expect(openLogin(name, answer, keys).sessionKey).toMatch(/^sk1\.[\w-]{22}\.[\w-]{43}$/)
  expect(() => openLogin(name, answer, newKeyPair())).toThrow()
})
