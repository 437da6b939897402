import { createHash } from 'node:crypto'
import type { Contributions } from '@secure-chat/plugin-sdk/server'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import { call, codeOf, postJson, type SignedIn, signUp } from '../support/account.ts'
import { codeIn, raw } from '../support/raw.ts'
import { pluginOf } from './support/plugin-server.ts'

let server: TestServer
let alice: SignedIn
let seen: string[] = []

const both: Contributions = {
  routes: {
    open(router) {
      router.get('/hello', (_request, response) => {
        response.json({ hello: 'world' })
      })
      router.get('/find', (request, response) => {
        response.json({ query: request.query })
      })
      router.post('/hook', (request, response) => {
        seen.push('hook')
        const body: unknown = request.body
        response.json(Buffer.isBuffer(body) ? { bytes: body.length } : { body })
      })
      router.get('/throws', () => {
        throw new Error('canary-of-a-plugin')
      })
      router.get('/rejects', async () => {
        throw new Error('canary-of-a-plugin')
      })
      router.get('/next-error', (_request, _response, next) => next(new Error('boom')))
    },
    signedIn(router) {
      router.get('/me', (request, response) => {
        seen.push('me')
        response.json({ user: request.user })
      })
      router.post('/echo', (request, response) => {
        response.json({ user: request.user, body: request.body })
      })
    },
  },
}
const signedOnly: Contributions = {
  routes: {
    signedIn(router) {
      router.post('/secret', (_request, response) => {
        seen.push('secret')
        response.sendStatus(204)
      })
    },
  },
}

beforeAll(async () => {
  server = await startTestServer({
    plugins: [
      { plugin: pluginOf('both', both) },
      { plugin: pluginOf('signed-only', signedOnly) },
      { plugin: pluginOf('no-routes', { onSignedIn: () => undefined }) },
    ],
    settings: { metricsPort: 0 },
  })
  alice = await signUp(server.url, 'alice')
})
afterAll(() => server.close())
beforeEach(() => {
  seen = []
})

/** Every route of every plugin, as the routers hold them. */
function routes(part: 'open' | 'signed_in'): Array<[method: string, path: string]> {
  return server.plugins.list().flatMap(({ name, routes: of }) =>
    (of?.[part] ?? []).map((route): [string, string] => {
      const [method = '', path = ''] = route.split(' ')
      return [method, `/plugins/${name}${path}`]
    }),
  )
}

test('of all routes of plugins only those declared open are public', async () => {
  expect(routes('open')).toEqual([
    ['GET', '/plugins/both/hello'],
    ['GET', '/plugins/both/find'],
    ['POST', '/plugins/both/hook'],
    ['GET', '/plugins/both/throws'],
    ['GET', '/plugins/both/rejects'],
    ['GET', '/plugins/both/next-error'],
  ])
  expect(routes('signed_in')).toHaveLength(3)
  for (const [method, path] of routes('signed_in')) {
    const response = await fetch(server.url + path, { method })
    expect([path, response.status, await codeOf(response)]).toEqual([path, 401, 'token_missing'])
  }
  for (const [method, path] of routes('open')) {
    expect((await fetch(server.url + path, { method })).status).not.toBe(401)
  }
  expect(seen).toEqual(['hook'])
})

test('an open route is for anybody, with bodies parsed', async () => {
  const url = `${server.url}/plugins/both`
  const hello = await fetch(`${url}/hello`)
  expect(await hello.json()).toEqual({ hello: 'world' })
  expect(hello.headers.get('x-content-type-options')).toBe('nosniff')
  expect(hello.headers.get('cache-control')).toBe('no-store')
  expect(hello.headers.get('x-powered-by')).toBeNull()
  expect(await (await postJson(`${url}/hook`, { a: [1] })).json()).toEqual({ body: { a: [1] } })
  const form = await fetch(`${url}/hook`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
  expect(await form.json()).toEqual({ body: { a: 'b' } })
  const bytes = await fetch(`${url}/hook`, { method: 'POST', body: Buffer.from([1, 2, 255]) })
  expect(await bytes.json()).toEqual({ bytes: 3 })
  expect(await (await fetch(`${url}/hook`, { method: 'POST' })).json()).toEqual({ body: {} })
})

test('a query is parsed, a member that comes twice as a list', async () => {
  const find = async (query: string) =>
    (await fetch(`${server.url}/plugins/both/find${query}`)).json()
  expect(await find('?word=a%20b&page=2')).toEqual({ query: { word: 'a b', page: '2' } })
  expect(await find('?tag=one&tag=two')).toEqual({ query: { tag: ['one', 'two'] } })
  expect(await find('')).toEqual({ query: {} })
  expect(await find('?__proto__=x&a=?b')).toEqual({
    query: JSON.parse('{"__proto__":"x","a":"?b"}'),
  })
})

test('a signed-in route knows its user by the proof', async () => {
  const me = await call(server.url, alice, 'GET', '/plugins/both/me?x=1')
  expect(await me.json()).toEqual({ user: { name: 'alice' } })
  const echo = await call(server.url, alice, 'POST', '/plugins/both/echo', { body: { a: 1 } })
  expect(await echo.json()).toEqual({ user: { name: 'alice' }, body: { a: 1 } })
})

test('a proof moved to another body, path or plugin, or used twice, is refused before the plugin sees it', async () => {
  const nonce = Buffer.alloc(12, 7)
  const signed = { nonce, now: Date.now() }
  expect((await call(server.url, alice, 'GET', '/plugins/both/me', signed)).status).toBe(200)
  const again = await call(server.url, alice, 'GET', '/plugins/both/me', signed)
  expect(await codeOf(again)).toBe('token_replayed')
  const authorization = await proofFor('POST', '/plugins/both/echo', '{"a":1}')
  const moved = await fetch(`${server.url}/plugins/both/echo`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{"a":2}',
  })
  expect(await codeOf(moved)).toBe('token_invalid')
  const elsewhere = await fetch(`${server.url}/plugins/signed-only/secret`, {
    method: 'POST',
    headers: { authorization: await proofFor('POST', '/plugins/both/secret', '') },
  })
  expect(await codeOf(elsewhere)).toBe('token_invalid')
  expect(seen).toEqual(['me'])
})

/** Takes the proof of a call that is never sent. */
async function proofFor(method: string, target: string, body: string): Promise<string> {
  const { signRequest } = await import('@secure-chat/protocol')
  return signRequest({
    ...alice,
    method,
    target,
    mediaType: body === '' ? '' : 'application/json',
    body: Buffer.from(body),
    now: Date.now(),
    nonce: createHash('sha256')
      .update(target + body)
      .digest()
      .subarray(0, 12),
  })
}

test('a bad proof is refused at an open route too, a token of a webhook is not', async () => {
  const bad = await fetch(`${server.url}/plugins/both/hello`, {
    headers: { authorization: 'Bearer scv1.x.y' },
  })
  expect(await codeOf(bad)).toBe('token_invalid')
  const webhook = await fetch(`${server.url}/plugins/both/hello`, {
    headers: { authorization: 'Bearer of-the-calendar' },
  })
  expect(webhook.status).toBe(200)
  const guarded = await fetch(`${server.url}/plugins/both/me`, {
    headers: { authorization: 'Bearer of-the-calendar' },
  })
  expect(await codeOf(guarded)).toBe('token_invalid')
})

test('a plugin without open routes has its proof checked before a byte of the body is read', async () => {
  const answer = await raw(
    server.url,
    'POST /plugins/signed-only/secret HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n',
  )
  expect([answer.status, codeIn(answer)]).toEqual([401, 'token_missing'])
  expect(seen).toEqual([])
})

test('what a handler throws is a 500 of that call, counted and logged under its plugin, and told to nobody', async () => {
  for (const path of ['throws', 'rejects', 'next-error']) {
    const failed = await fetch(`${server.url}/plugins/both/${path}`)
    const text = await failed.text()
    expect([failed.status, JSON.parse(text).code]).toEqual([500, 'internal'])
    expect(text).not.toContain('canary-of-a-plugin')
  }
  expect((await fetch(`${server.url}/plugins/both/hello`)).status).toBe(200)
  const { hooks } = server.plugins.list()[0] ?? {}
  expect(hooks?.[0]).toMatchObject({ hook: 'routes', last_failure: { text: 'boom' } })
  expect(hooks?.[0]?.failures).toBeGreaterThanOrEqual(3)
  const lines = server.logLines.filter((line) => line.includes('"event":"plugin.failed"'))
  expect(lines.length).toBeGreaterThanOrEqual(3)
})

test('what no route of the plugin takes is not found; a body that is none is refused', async () => {
  const nowhere = await fetch(`${server.url}/plugins/signed-only/nowhere`)
  expect(await codeOf(nowhere)).toBe('token_missing')
  const signed = await call(server.url, alice, 'GET', '/plugins/both/nowhere')
  expect([signed.status, await codeOf(signed)]).toEqual([404, 'not_found'])
  expect((await fetch(`${server.url}/plugins/no-routes/x`)).status).toBe(404)
  const broken = await fetch(`${server.url}/plugins/both/hook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{',
  })
  expect(await codeOf(broken)).toBe('invalid_json')
  const large = await fetch(`${server.url}/plugins/both/hook`, {
    method: 'POST',
    body: 'x'.repeat(300_000),
  })
  expect(await codeOf(large)).toBe('too_large')
  expect(seen).toEqual([])
})

test('the metrics know calls of plugins by their mount, never by the path', async () => {
  await fetch(`${server.url}/plugins/both/hello?name=alice`)
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  expect(text).toMatch(
    /secure_chat_http_requests_total\{method="GET",route="\/plugins\/both",status="200"\} \d/,
  )
  expect(text).not.toContain('/hello')
})
