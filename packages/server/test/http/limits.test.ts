import { afterEach, expect, test } from '@jest/globals'
import { startTestServer, type TestServer, type VirtualClock } from '../../src/testing.ts'
import { call, codeOf, login, postJson, register, signUp } from '../support/account.ts'

let server: TestServer<VirtualClock>
afterEach(() => server.close())

const start = async (settings: object = {}) => {
  server = await startTestServer({ clock: 'virtual', settings: { rateLimit: 'on', ...settings } })
}
const guess = (name: string, headers: Record<string, string> = {}) =>
  postJson(`${server.url}/chat/auth/login`, { name, password: 'a wrong guess' }, headers)

test('the sixth wrong password in 15 minutes is 429 with Retry-After, even a right one, until the window is over', async () => {
  await start()
  await register(server.url, 'alice')
  for (let i = 0; i < 5; i++) expect((await guess('alice')).status).toBe(401)
  const limited = await guess('alice')
  expect([limited.status, await codeOf(limited)]).toEqual([429, 'rate_limited'])
  expect(limited.headers.get('retry-after')).toBe('900')
  await expect(login(server.url, 'alice')).rejects.toThrow('rate_limited')
  await server.clock.advance(900_000)
  await login(server.url, 'alice')
})

test('right passwords count as no failure', async () => {
  await start({ limitSignInFailures: 2 })
  await register(server.url, 'alice')
  for (let i = 0; i < 6; i++) await login(server.url, 'alice')
})

test('a spoofed X-Forwarded-For dodges no limit', async () => {
  await start()
  const answers = []
  for (let i = 0; i < 7; i++) {
    answers.push(
      (
        await guess('alice', {
          'x-forwarded-for': `198.51.100.${i}`,
          forwarded: `for=198.51.100.${i}`,
        })
      ).status,
    )
  }
  expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429])
})

test('behind a trusted proxy the address is the one that the proxy saw', async () => {
  await start({ trustProxy: 1 })
  const from = (address: string) =>
    guess('alice', { 'x-forwarded-for': `203.0.113.66, ${address}` })
  for (let i = 0; i < 5; i++) expect((await from('198.51.100.1')).status).toBe(401)
  expect((await from('198.51.100.1')).status).toBe(429)
  expect((await from('198.51.100.2')).status).toBe(401)
})

test('one address makes at most so many accounts an hour', async () => {
  await start({ limitRegistrationsPerHour: 3 })
  for (let i = 0; i < 3; i++) expect((await register(server.url, `user${i}`)).status).toBe(201)
  const limited = await register(server.url, 'user4')
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3600'])
  await server.clock.advance(3_600_000)
  expect((await register(server.url, 'user4')).status).toBe(201)
})

test('a password asked behind a session is guessed no faster than at sign-in', async () => {
  await start()
  const me = await signUp(server.url, 'alice')
  const body = { password: 'a wrong guess', new_password: 'quite another one' }
  const answers = []
  for (let i = 0; i < 6; i++) {
    const response = await call(server.url, me, 'POST', '/chat/auth/password', {
      body,
      now: server.clock.now(),
    })
    answers.push(response.status)
  }
  expect(answers).toEqual([401, 401, 401, 401, 401, 429])
})

test('RATE_LIMIT=off switches all off', async () => {
  await start({ rateLimit: 'off' })
  for (let i = 0; i < 8; i++) expect((await guess('alice')).status).toBe(401)
})
