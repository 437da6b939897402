import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import { call, codeOf, signUp } from '../support/account.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

test('registers, signs in and calls with the session key that only the private key opens', async () => {
  const alice = await signUp(server.url, 'alice')
  const response = await call(server.url, alice, 'GET', '/chat/auth/sessions')
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    sessions: [{ session_id: alice.sessionId, current: true }],
  })
})

test('ends a session at logout: the next call is 401', async () => {
  const bob = await signUp(server.url, 'bob')
  expect((await call(server.url, bob, 'POST', '/chat/auth/logout')).status).toBe(200)
  const after = await call(server.url, bob, 'GET', '/chat/auth/sessions')
  expect(after.status).toBe(401)
  expect(await codeOf(after)).toBe('token_invalid')
})
