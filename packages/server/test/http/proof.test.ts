import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bodyHash, nowProof, proofMac, signRequest } from '@secure-chat/protocol'
import fc from 'fast-check'
import { startTestServer, type TestServer, type VirtualClock } from '../../src/testing.ts'
import { call, codeOf, login, type SignedIn, signUp } from '../support/account.ts'
import { codeIn, raw } from '../support/raw.ts'

const numRuns = 40 * Number(process.env.FC_RUNS ?? 1)
const target = '/chat/auth/sessions'

let server: TestServer<VirtualClock>
let alice: SignedIn
beforeAll(async () => {
  server = await startTestServer({ clock: 'virtual' })
  await server.clock.advance(10)
  alice = await signUp(server.url, 'alice')
})
afterAll(() => server.close())

function signed(
  o: {
    readonly method?: string
    readonly target?: string
    readonly now?: number
    readonly nonce?: Buffer
  } = {},
) {
  return signRequest({
    ...alice,
    method: o.method ?? 'GET',
    target: o.target ?? target,
    mediaType: '',
    body: Buffer.alloc(0),
    now: o.now ?? server.clock.now(),
    nonce: o.nonce ?? randomBytes(12),
  })
}

function get(authorization?: string, path = target): Promise<Response> {
  return fetch(server.url + path, authorization === undefined ? {} : { headers: { authorization } })
}

test('takes a good proof', async () => {
  expect((await get(signed())).status).toBe(200)
})

test('answers token_missing without a token, and says what it wants', async () => {
  const response = await get()
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="secure-chat"')
  expect(await codeOf(response)).toBe('token_missing')
})

test.each([
  ['another scheme', () => 'Basic YWxpY2U6c2VjcmV0'],
  ['no token', () => 'Bearer'],
  ['an empty token', () => 'Bearer '],
  ['junk', () => 'Bearer junk'],
  ['two tokens', () => `${signed()} ${signed()}`],
  ['a token twice with a comma', () => `${signed()},${signed()}`],
  ['an unknown version', () => signed().replace('scv1.', 'scv2.')],
  ['padding', () => `${signed()}=`],
  ['fewer digits of time', () => signed({ now: 999_999_999_999 })],
])('answers token_invalid to %s', async (_name, authorization) => {
  const response = await get(authorization())
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe(
    'Bearer realm="secure-chat", error="invalid_token"',
  )
  expect(await codeOf(response)).toBe('token_invalid')
})

test('refuses a proof whose any character was changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(145), fc.integer({ min: 1, max: 63 }), async (at, shift) => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
      const token = signed().slice('Bearer '.length)
      const old = token.charAt(at)
      const next = alphabet.charAt((alphabet.indexOf(old) + shift) % alphabet.length)
      if (next === old) return
      const response = await get(`Bearer ${token.slice(0, at)}${next}${token.slice(at + 1)}`)
      expect(response.status).toBe(401)
      expect(await codeOf(response)).toBe('token_invalid')
    }),
    { numRuns },
  )
})

test('refuses a proof that was moved to another method, path, query, media type or body', async () => {
  const body = Buffer.from('{"status":"away"}')
  const home = {
    method: 'POST',
    target: '/chat/presence/alice',
    mediaType: 'application/json',
    body,
  }
  const moves = [
    { ...home, method: 'PUT', target: '/chat/auth/key' },
    { ...home, target: '/chat/presence/alicE' },
    { ...home, target: '/chat/presence/bob' },
    { ...home, target: '/chat/presence/alice?' },
    { ...home, target: '/chat/presence/alice?x=1' },
    { ...home, target: '/chat//presence/alice' },
    { ...home, mediaType: 'application/x-www-form-urlencoded' },
    { ...home, body: Buffer.from('{"status":"busy"}') },
    { ...home, body: Buffer.from('{"status":"away"} ') },
    { ...home, body: Buffer.alloc(0), mediaType: '' },
  ]
  for (const move of moves) {
    const authorization = signRequest({ ...alice, ...home, now: server.clock.now() })
    const response = await fetch(server.url + move.target, {
      method: move.method,
      headers: { authorization, ...(move.mediaType && { 'content-type': move.mediaType }) },
      ...(move.body.length > 0 && { body: move.body }),
    })
    // A path that is no route is not found before anybody asks who is there.
    expect([401, 404]).toContain(response.status)
    if (response.status === 401) expect(await codeOf(response)).toBe('token_invalid')
  }
  const stayed = await fetch(server.url + home.target, {
    method: 'POST',
    headers: {
      authorization: signRequest({ ...alice, ...home, now: server.clock.now() }),
      'content-type': 'Application/JSON; charset=utf-8',
    },
    body,
  })
  expect(stayed.status).toBe(200)
})

test('gives one answer to a forged mac, an unknown session, an ended one and another one of the same user', async () => {
  const ended = await login(server.url, 'alice')
  await call(server.url, ended, 'POST', '/chat/auth/logout', { now: server.clock.now() })
  const other = await login(server.url, 'alice')
  const strangers = [
    { sid: alice.sid, key: randomBytes(32) },
    { sid: randomBytes(16), key: randomBytes(32) },
    { sid: ended.sid, key: ended.key },
    { sid: alice.sid, key: other.key },
  ]
  const answers = await Promise.all(
    strangers.map(async (me) => {
      const response = await call(server.url, me, 'GET', target, { now: server.clock.now() })
      const body: unknown = await response.json()
      return {
        status: response.status,
        challenge: response.headers.get('www-authenticate'),
        ...Object(body),
        request_id: '',
      }
    }),
  )
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]).toMatchObject({ status: 401, code: 'token_invalid' })
})

test('answers token_stale beyond 120 s either way, with a time that only the session key can vouch for', async () => {
  for (const skew of [-120_001, 120_001, -3_600_000, 3_600_000]) {
    await server.clock.advance(300_000)
    const nonce = randomBytes(12)
    const response = await get(signed({ now: server.clock.now() + skew, nonce }))
    const now = server.clock.now()
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({
      code: 'token_stale',
      now,
      now_proof: nowProof(alice.key, nonce.toString('base64url'), now),
    })
  }
  for (const skew of [-120_000, 120_000]) {
    expect((await get(signed({ now: server.clock.now() + skew }))).status).toBe(200)
  }
})

test('vouches for no time when the mac is wrong', async () => {
  const forged = { sid: alice.sid, key: randomBytes(32) }
  const response = await call(server.url, forged, 'GET', target, { now: 1_000_000_000_000 })
  const body: unknown = await response.json()
  expect(body).toMatchObject({ code: 'token_invalid' })
  expect(body).not.toHaveProperty('now_proof')
})

test('answers token_replayed to a proof that was used, until its time is over', async () => {
  const proof = signed({ now: server.clock.now() + 119_000 })
  expect((await get(proof)).status).toBe(200)
  for (let passed = 0; passed < 239_000; passed += 30_000) {
    expect(await codeOf(await get(proof))).toBe('token_replayed')
    await server.clock.advance(30_000)
  }
  expect(await codeOf(await get(proof))).toBe('token_stale')
})

test('a refused body has used up its proof', async () => {
  const nonce = randomBytes(12)
  const options = { now: server.clock.now(), nonce, body: { status: 'nonsense' } }
  expect((await call(server.url, alice, 'POST', '/chat/presence/alice', options)).status).toBe(422)
  const again = await call(server.url, alice, 'POST', '/chat/presence/alice', options)
  expect(await codeOf(again)).toBe('token_replayed')
})

test('refuses a proof from before the process started: its nonces are not remembered', async () => {
  const young = await startTestServer({ clock: 'virtual' })
  try {
    const bob = await signUp(young.url, 'bob')
    const before = await call(young.url, bob, 'GET', target, { now: young.clock.now() - 1 })
    expect(await codeOf(before)).toBe('token_stale')
    const after = await call(young.url, bob, 'GET', target, { now: young.clock.now() })
    expect(after.status).toBe(200)
  } finally {
    await young.close()
  }
})

test('refuses more than one Authorization header, whichever is good', async () => {
  for (const order of [0, 1]) {
    const headers = [`Authorization: ${signed()}`, 'Authorization: Bearer junk']
    if (order === 1) headers.reverse()
    const answer = await raw(
      server.url,
      `GET ${target} HTTP/1.1\r\nHost: x\r\n${headers.join('\r\n')}\r\n\r\n`,
    )
    expect([answer.status, codeIn(answer)]).toEqual([401, 'token_invalid'])
  }
})

test('refuses an absolute-form target, signed as sent or as routed', async () => {
  const absolute = `${server.url}${target}`
  for (const covered of [target, absolute]) {
    const mac = proofMac(alice.key, {
      method: 'GET',
      target: covered,
      mediaType: '',
      ts: server.clock.now(),
      nonce: 'AQIDBAUGBwgJCgsM',
      bodyHash: bodyHash(Buffer.alloc(0)),
    })
    const sid = alice.sid.toString('base64url')
    const token = `scv1.${sid}.${server.clock.now()}.AQIDBAUGBwgJCgsM.${bodyHash(Buffer.alloc(0))}.${mac.toString('base64url')}`
    const answer = await raw(
      server.url,
      `GET ${absolute} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    expect([answer.status, codeIn(answer)]).toEqual([422, 'invalid_request'])
  }
})

test('refuses method override', async () => {
  const response = await fetch(`${server.url}/chat/auth/logout?_method=POST`, {
    headers: {
      'x-http-method-override': 'POST',
      authorization: signed({ target: '/chat/auth/logout?_method=POST' }),
    },
  })
  expect(response.status).toBe(422)
  expect((await get(signed())).status).toBe(200)
})

test('answers 401 before it reads a byte of the body', async () => {
  const answer = await raw(
    server.url,
    'POST /chat/bob HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200000\r\nAuthorization: Bearer junk\r\n\r\n',
  )
  expect([answer.status, codeIn(answer)]).toEqual([401, 'token_invalid'])
})

test('ends the session of a bare session key in the header, with or without scheme', async () => {
  for (const form of [
    (key: string) => `Bearer ${key}`,
    (key: string) => key,
    (key: string) => `Token ${key}`,
  ]) {
    const exposed = await login(server.url, 'alice')
    const response = await get(form(exposed.sessionKey))
    expect([response.status, await codeOf(response)]).toEqual([401, 'session_key_exposed'])
    const after = await call(server.url, exposed, 'GET', target, { now: server.clock.now() })
    expect(await codeOf(after)).toBe('token_invalid')
    expect(await codeOf(await get(form(exposed.sessionKey)))).toBe('token_invalid')
  }
})

test('ends the session of a genuine session key in the query, on any path', async () => {
  for (const path of ['/chat/users', '/livez', '/nowhere']) {
    const exposed = await login(server.url, 'alice')
    const response = await get(undefined, `${path}?a=b&access_token=${exposed.sessionKey}`)
    expect([response.status, await codeOf(response)]).toEqual([401, 'session_key_exposed'])
    const after = await call(server.url, exposed, 'GET', target, { now: server.clock.now() })
    expect(await codeOf(after)).toBe('token_invalid')
  }
})

test('a bare session key with a forged K ends nothing', async () => {
  const forged = alice.sessionKey.replace(/[^.]+$/, randomBytes(32).toString('base64url'))
  expect(await codeOf(await get(`Bearer ${forged}`))).toBe('token_invalid')
  expect(await codeOf(await get(undefined, `${target}?access_token=${forged}`))).toBe(
    'token_misplaced',
  )
  expect((await get(signed())).status).toBe(200)
})

test('answers token_misplaced to a proof in the query; in a body it is a field like any other', async () => {
  const token = signed().slice('Bearer '.length)
  const inQuery = await get(undefined, `${target}?access_token=${token}`)
  expect([inQuery.status, await codeOf(inQuery)]).toEqual([400, 'token_misplaced'])
  const both = await get(signed({ target: `${target}?access_token=x` }), `${target}?access_token=x`)
  expect(await codeOf(both)).toBe('token_misplaced')
  const inBody = await fetch(`${server.url}/chat/presence/alice`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `access_token=${token}&status=away`,
  })
  expect(await codeOf(inBody)).toBe('token_missing')
})
