import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { isChatError } from '@secure-chat/protocol'
import { settingsFrom } from '../../src/config.ts'
import { startServer } from '../../src/main.ts'
import { makeLog } from '../../src/ops/log.ts'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import {
  call,
  codeOf,
  goodPassword,
  login,
  postJson,
  register,
  signUp,
} from '../support/account.ts'
import { openRaw, readAnswer } from '../support/raw.ts'

test('draining: not ready, requests in flight are finished, then nobody is let in', async () => {
  const server = await startTestServer()
  const socket = await openRaw(server.url)
  socket.write(
    'POST /chat/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 31\r\nExpect: 100-continue\r\n\r\n',
  )
  await once(socket, 'data')
  const answered = readAnswer(socket)
  const closing = server.close()
  socket.write('{"name":"alice","password":"x"}')
  expect((await answered).status).toBe(401)
  await closing
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow()
})

test('while draining readiness is 503 shutting_down, liveness stays, calls are sent elsewhere', async () => {
  const server = await startTestServer()
  server.services.drain()
  const ready = await fetch(`${server.url}/readyz`)
  expect([ready.status, await codeOf(ready), ready.headers.get('retry-after')]).toEqual([
    503,
    'shutting_down',
    '1',
  ])
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  const sent = await register(server.url, 'alice')
  expect([sent.status, await codeOf(sent)]).toEqual([503, 'shutting_down'])
  await server.close()
})

test('closing ends streams at once instead of waiting for them', async () => {
  const server = await startTestServer()
  const alice = await signUp(server.url, 'alice')
  const stream = await call(server.url, alice, 'GET', '/chat/stream')
  expect(stream.status).toBe(200)
  const [, text] = await Promise.all([server.close(), stream.text()])
  expect(text).toMatch(/retry: \d+/)
})

test('metrics have a listener of their own, route templates and no user names', async () => {
  const server = await startTestServer({ settings: { metricsPort: 0 } })
  const zacharias = await signUp(server.url, 'zacharias')
  await call(server.url, zacharias, 'GET', '/chat/zacharias/publickey')
  await fetch(`${server.url}/nowhere/zacharias`)
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  expect(text).toContain(
    'secure_chat_http_requests_total{method="GET",route="/chat/:username/publickey",status="200"} 1',
  )
  expect(text).toContain('route="unmatched",status="404"')
  expect(text).not.toContain('zacharias')
  const elsewhere = await fetch(`${server.url}/metrics`)
  expect(elsewhere.status).toBe(404)
  await server.close()
})

test('an invented method makes no metric of its own', async () => {
  const server = await startTestServer({ settings: { metricsPort: 0 } })
  for (const method of ['PROPFIND', 'MKCOL', 'PURGE'])
    await fetch(`${server.url}/livez`, { method })
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  expect(text).not.toMatch(/PROPFIND|MKCOL|PURGE/)
  expect(text).toContain('method="other",route="/livez",status="405"} 3')
  await server.close()
})

describe('with an admin token', () => {
  const adminToken = randomBytes(32).toString('base64url')
  const startOn = (metricsHost: string) =>
    startTestServer({ settings: { metricsHost, metricsPort: 0, adminToken } })
  const ask = (server: TestServer, path: string, authorization?: string) =>
    fetch(
      `${server.metricsUrl}${path}`,
      authorization === undefined ? {} : { headers: { authorization } },
    )

  test('the operator listener answers nobody else beyond loopback', async () => {
    const server = await startOn('0.0.0.0')
    for (const path of ['/metrics', '/plugins', '/nowhere']) {
      expect(await codeOf(await ask(server, path))).toBe('token_missing')
      for (const wrong of [
        'Bearer x',
        `Basic ${adminToken}`,
        adminToken,
        `Bearer ${adminToken}x`,
      ]) {
        expect(await codeOf(await ask(server, path, wrong))).toBe('token_invalid')
      }
    }
    expect((await ask(server, '/metrics', `Bearer ${adminToken}`)).status).toBe(200)
    await server.close()
  })

  test('metrics stay open to programs of the machine, and nothing else does', async () => {
    const server = await startOn('127.0.0.1')
    expect((await ask(server, '/metrics')).status).toBe(200)
    expect((await ask(server, '/metrics', `Bearer ${adminToken}`)).status).toBe(200)
    for (const path of ['/plugins', '/nowhere']) {
      expect(await codeOf(await ask(server, path))).toBe('token_missing')
    }
    await server.close()
  })
})

test('an engine that fails makes readiness 503 with its code; liveness asks nobody', async () => {
  const server = await startTestServer()
  await server.services.health.checkReady()
  const { queue } = server.engines
  await queue.close()
  const ready = await fetch(`${server.url}/readyz`)
  expect([ready.status, await codeOf(ready)]).toEqual([503, 'queue_unavailable'])
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  await server.close()
})

test('secrets never reach the log, whatever is refused or fails', async () => {
  const server = await startTestServer({ settings: { logLevel: 'trace' } })
  const alice = await signUp(server.url, 'alice')
  await postJson(`${server.url}/chat/auth/login`, { name: 'alice', password: 'canary-password-1' })
  await register(server.url, 'bob', { password: 'canary-password-2' })
  await fetch(`${server.url}/chat/users?access_token=${alice.sessionKey}&x=canary-query`)
  const again = await login(server.url, 'alice')
  await fetch(`${server.url}/chat/users`, {
    headers: { authorization: `Bearer ${again.sessionKey}` },
  })
  const third = await login(server.url, 'alice')
  await call(server.url, third, 'POST', '/chat/bob', { body: { message: 'canary-message' } })
  await call(server.url, third, 'POST', '/chat/auth/password', {
    body: { password: goodPassword, new_password: 'canary-password-3' },
  })
  await fetch(`${server.url}/nowhere/canary-path?canary-query`, {
    headers: { cookie: 'canary-cookie', 'x-request-id': 'canary-id' },
  })
  await server.close()
  const log = server.logLines.join('')
  expect(log).toContain('sign_in.failed')
  expect(log).toContain('password.changed')
  expect(log).not.toMatch(/canary|sk1\.|scv1\.|argon2|PRIVATE KEY|plain sailing/)
  expect(log).not.toContain(alice.sid.toString('base64url'))
})

test('a log line stays one line, and a token in it is blotted out wherever it is', () => {
  const lines: string[] = []
  const log = makeLog('info', { write: (line) => void lines.push(line) })
  const key = `sk1.${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`
  log.info(
    {
      user: `x\n{"level":"error"}\u001b[2J`,
      note: `got ${key}`,
      password: 'p',
      nested: { new_password: 'q' },
    },
    'text\r\n',
  )
  log.error({ err: new Error(`bad ${key}`, { cause: { authorization: key } }) }, 'failed')
  expect(lines).toHaveLength(2)
  for (const line of lines) {
    expect(line.trimEnd()).not.toMatch(/[\n\r\u001b]/)
    expect(line).not.toContain(key)
  }
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    password: '[secret]',
    nested: { new_password: '[secret]' },
  })
})

test('an unexpected error is answered as internal, and logged under the request id', async () => {
  const server = await startTestServer()
  const alice = await signUp(server.url, 'alice')
  const broken = () => Promise.reject(new RangeError('boom at /secret/path'))
  Reflect.set(server.services.sessions, 'list', broken)
  const response = await call(server.url, alice, 'GET', '/chat/auth/sessions')
  const problem: unknown = await response.json()
  expect(problem).toMatchObject({ status: 500, code: 'internal' })
  expect(JSON.stringify(problem)).not.toMatch(/boom|secret/)
  const line = server.logLines.find((one) => one.includes(Object(problem).request_id))
  expect(line).toContain('boom')
  await server.close()
})

test('what was opened before a failing step of the start is closed again', async () => {
  const server = await startTestServer()
  const { port } = new URL(server.url)
  const log = makeLog('silent', { write: () => {} })
  const dataDir = `${server.dataDir}/second`
  const taken = settingsFrom({ port: Number(port), dataDir })
  const isTaken = (error: unknown) => isChatError(error, 'config_invalid')
  await expect(startServer(taken, { log }).catch(isTaken)).resolves.toBe(true)
  const second = await startServer(settingsFrom({ port: 0, dataDir }), { log })
  await second.close()
  await server.close()
})

test('an engine that fails to close keeps no other open', async () => {
  const server = await startTestServer()
  const { queue } = server.engines
  const close = queue.close.bind(queue)
  Object.assign(queue, {
    async close() {
      await close()
      throw new Error('the queue could not close')
    },
  })
  await expect(server.close()).rejects.toThrow('the queue could not close')
  const again = await startTestServer({ settings: { dataDir: server.dataDir } })
  await again.close()
})
