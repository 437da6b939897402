import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { limits, signRequest } from '@secure-chat/protocol'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import { codeOf, postJson, register, type SignedIn, signUp } from '../support/account.ts'
import { codeIn, openRaw, raw, readAnswer } from '../support/raw.ts'

const form = 'application/x-www-form-urlencoded'

let server: TestServer
let alice: SignedIn
beforeAll(async () => {
  server = await startTestServer()
  alice = await signUp(server.url, 'alice')
})
afterAll(() => server.close())

function login(
  body: string | Buffer,
  mediaType = 'application/json',
  headers: Record<string, string> = {},
) {
  return fetch(`${server.url}/chat/auth/login`, {
    method: 'POST',
    headers: { 'content-type': mediaType, ...headers },
    body,
  })
}

function presence(body: Buffer, mediaType: string): Promise<Response> {
  const target = '/chat/presence/alice'
  const now = Date.now()
  return fetch(server.url + target, {
    method: 'POST',
    headers: {
      'content-type': mediaType,
      authorization: signRequest({
        ...alice,
        method: 'POST',
        target,
        mediaType: mediaType.split(';')[0] ?? '',
        body,
        now,
      }),
    },
    body,
  })
}

test('takes the same call as JSON and as a form, signed over the bytes as sent', async () => {
  for (const [body, mediaType] of [
    ['{"status":"away","text":"bei Müller"}', 'application/json'],
    [' {"text":"x","status":"busy","more":[1]}\n', 'application/json; charset=utf-8'],
    ['status=away&text=bei+M%C3%BCller', form],
  ] as const) {
    expect((await presence(Buffer.from(body), mediaType)).status).toBe(200)
  }
})

test('reads what a form sends unencoded as UTF-8, so a password is the same in every way of sending it', async () => {
  const password = 'pässwörter 🦊'
  expect((await register(server.url, 'zoe', { password })).status).toBe(201)
  expect((await login(`name=zoe&password=${password}`, form)).status).toBe(200)
  expect(await codeOf(await login(Buffer.from('name=zoe&password=p\xe4ss', 'latin1'), form))).toBe(
    'invalid_request',
  )
})

test.each([
  ['text/plain', '{"name":"alice"}'],
  ['application/xml', '<a/>'],
  ['multipart/form-data; boundary=x', '--x--'],
  ['application/jsonp', '{}'],
])('refuses a body of %s', async (mediaType, body) => {
  const response = await login(body, mediaType)
  expect([response.status, await codeOf(response)]).toEqual([415, 'unsupported_media_type'])
})

test('refuses a body without a media type', async () => {
  const answer = await raw(
    server.url,
    'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}',
  )
  expect([answer.status, codeIn(answer)]).toEqual([415, 'unsupported_media_type'])
})

test('refuses an encoded body: what is signed is what is parsed', async () => {
  const response = await login(gzipSync('{"name":"alice","password":"x"}'), 'application/json', {
    'content-encoding': 'gzip',
  })
  expect([response.status, await codeOf(response)]).toEqual([415, 'unsupported_media_type'])
})

test.each([
  ['cut short', '{"name":'],
  ['two values', '{}{}'],
  ['a byte order mark', '\ufeff{}'],
  ['a comment', '{/* */}'],
  ['single quotes', "{'name':'alice'}"],
  ['NaN', '{"name":NaN}'],
  ['21 levels', `${'['.repeat(21)}${']'.repeat(21)}`],
  ['100,000 levels', '['.repeat(100_000)],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
])('answers invalid_json to %s', async (_name, body) => {
  const response = await login(body)
  expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_json'])
})

test.each([
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['a text', '"alice"'],
  ['an object for a text', '{"name":{"$gt":""},"password":{"$ne":1}}'],
  ['a list for a text', '{"name":["alice"],"password":["x"]}'],
  ['numbers for texts', '{"name":1,"password":12345678}'],
  ['__proto__ as a field', '{"__proto__":{"name":"alice","password":"x"}}'],
  ['constructor as a field', '{"constructor":{"prototype":{"name":"alice"}}}'],
])('refuses %s as a sign-in with 422 and pointers', async (_name, body) => {
  const response = await login(body)
  const problem: unknown = await response.json()
  expect(response.status).toBe(422)
  expect(problem).toMatchObject({ code: 'invalid_request', errors: expect.any(Array) })
  expect(Reflect.get({}, 'name')).toBeUndefined()
})

test('refuses repeated parameters of a form and of a query', async () => {
  const response = await login('name=alice&password=one&password=two', form)
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({
    code: 'invalid_request',
    errors: [{ pointer: '#/password' }],
  })
  const target = '/chat/users?limit=1&limit=2'
  const authorization = signRequest({
    ...alice,
    method: 'GET',
    target,
    mediaType: '',
    body: Buffer.alloc(0),
    now: Date.now(),
  })
  const query = await fetch(server.url + target, { headers: { authorization } })
  expect(query.status).toBe(422)
  expect(await query.json()).toMatchObject({ errors: [{ pointer: '?limit' }] })
})

test('looks for a misplaced token in the query alone, whatever the target looks like', async () => {
  const { port } = new URL(server.url)
  const statusOf = async (target: string) =>
    (
      await raw(
        server.url,
        `GET ${target} HTTP/1.1\r\nHost: x:${port}\r\nConnection: close\r\n\r\n`,
      )
    ).status
  expect(await statusOf('//[?access_token=x')).toBe(400)
  expect(await statusOf('//[?%61ccess_token=x')).toBe(400)
  expect(await statusOf('//[')).toBe(404)
  // A user may be called so.
  expect(await statusOf('/chat/access_token/publickey')).toBe(401)
})

test('refuses damaged percent-encoding in a form, a query and a path', async () => {
  expect(await codeOf(await login('name=%zz&password=%', form))).toBe('invalid_request')
  const path = await fetch(`${server.url}/chat/%E0%A4%A/publickey`)
  expect([path.status, await codeOf(path)]).toEqual([404, 'not_found'])
})

test('a problem names its code, repeats its text as the documented error and has no stack', async () => {
  const response = await login('{')
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  const problem: unknown = await response.json()
  expect(Object.keys(Object(problem)).sort()).toEqual([
    'code',
    'detail',
    'error',
    'request_id',
    'status',
    'title',
    'type',
  ])
  expect(problem).toMatchObject({ detail: Reflect.get(Object(problem), 'error') })
})

test('answers 413 by Content-Length before a byte is read', async () => {
  const answer = await raw(
    server.url,
    `POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${limits.bodyMaxBytes + 1}\r\n\r\n`,
  )
  expect([answer.status, codeIn(answer)]).toEqual([413, 'too_large'])
})

test('answers 413 by count where no length is declared', async () => {
  const socket = await openRaw(server.url)
  const answered = readAnswer(socket)
  socket.write(
    'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
  for (let i = 0; i < 17; i++) socket.write(chunk)
  expect(codeIn(await answered)).toBe('too_large')
  socket.destroy()
})

test('a client that writes all of a large upload first still reads the answer', async () => {
  const response = await login(Buffer.alloc(900 * 1024, 'x'))
  expect([response.status, await codeOf(response)]).toEqual([413, 'too_large'])
})

test('drains no more than 1 MiB of a refused upload', async () => {
  const socket = await openRaw(server.url)
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.write(
    'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  const chunk = Buffer.from(`10000\r\n${'x'.repeat(0x10000)}\r\n`)
  const pump = () => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.on('drain', pump)
  socket.resume()
  pump()
  await closed
  expect(socket.bytesWritten).toBeLessThan(16 * 1024 * 1024)
})

test('takes exactly 256 KiB', async () => {
  const start = '{"name":"alice","password":"x","more":"'
  const body = `${start}${'x'.repeat(limits.bodyMaxBytes - start.length - 2)}"}`
  expect(Buffer.byteLength(body)).toBe(limits.bodyMaxBytes)
  expect(await codeOf(await login(body))).toBe('bad_credentials')
})

test('invites an upload that asks first, and only one it would take', async () => {
  const ask = (length: number, authorization = '') =>
    `POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n${authorization}\r\n`
  const socket = await openRaw(server.url)
  socket.write(ask(31))
  const [first] = await once(socket, 'data')
  expect(String(first)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  const answered = readAnswer(socket)
  socket.write('{"name":"alice","password":"x"}')
  expect((await answered).status).toBe(401)
  socket.destroy()
  const refused = await raw(server.url, ask(300_000))
  expect(refused.status).toBe(413)
})

test('answers 431 to headers over 8 KiB', async () => {
  const answer = await raw(
    server.url,
    `GET /livez HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(9000)}\r\n\r\n`,
  )
  expect([answer.status, codeIn(answer)]).toEqual([431, 'headers_too_large'])
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
})

test.each([
  ['what is not HTTP', 'HELLO\r\n\r\n'],
  [
    'two framings of a body',
    'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
  ],
  [
    'two lengths',
    'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  ],
  ['a bare line feed in a header', 'GET /livez HTTP/1.1\r\nHost: x\r\nX-A: b\nX-C: d\r\r\n\r\n'],
])('answers 400 to %s and closes', async (_name, request) => {
  const answer = await raw(server.url, request)
  expect(answer.status).toBe(400)
})

test('answers 404 to no route and 405 with Allow to a route of other methods', async () => {
  const missing = await fetch(`${server.url}/nowhere`)
  expect([missing.status, await codeOf(missing)]).toEqual([404, 'not_found'])
  for (const [method, path, allow] of [
    ['GET', '/chat/auth/login', 'POST'],
    ['POST', '/chat/users', 'GET, HEAD'],
    ['PUT', '/chat/messages', 'GET, HEAD'],
    ['POST', '/chat/stream', 'GET'],
    ['HEAD', '/chat/stream', 'GET'],
    ['GET', '/chat/bob', 'POST'],
    ['PATCH', '/chat/auth/blocks/bob', 'DELETE, PUT'],
  ] as const) {
    const response = await fetch(server.url + path, { method })
    expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, allow])
  }
})

test('answers bear helmet headers, no cache, and nothing about the software', async () => {
  for (const path of ['/livez', '/nowhere', '/docs', '/chat/users']) {
    const { headers } = await fetch(server.url + path)
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('etag')).toBeNull()
    expect(headers.get('server')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
    expect(headers.get('strict-transport-security')).not.toBeNull()
  }
  expect((await fetch(`${server.url}/livez`)).headers.get('cache-control')).toBe('no-store')
})

test('goes on serving while 200 sockets send nothing or a byte at a time', async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, () => openRaw(server.url)))
  sockets.forEach((socket, i) => {
    socket.on('error', () => {})
    if (i % 2 === 0)
      socket.write(
        'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{',
      )
  })
  for (let i = 0; i < 20; i++) {
    sockets[i]?.write('x')
    expect(
      (await postJson(`${server.url}/chat/auth/login`, { name: 'nobody', password: 'x' })).status,
    ).toBe(401)
  }
  for (const socket of sockets) socket.destroy()
})

test('holds more than a thousand connections at once', async () => {
  const sockets = await Promise.all(Array.from({ length: 1200 }, () => openRaw(server.url)))
  const answers = await Promise.all(
    sockets.map((socket) => {
      const answered = readAnswer(socket)
      socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
      return answered
    }),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  for (const socket of sockets) socket.destroy()
})
