import type { Contributions } from '@secure-chat/plugin-sdk/server'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import { call, codeOf, login, register, signUp } from '../support/account.ts'
import { pluginOf } from './support/plugin-server.ts'

let server: TestServer
afterEach(() => server.close())

const start = async (...made: Contributions[]) => {
  server = await startTestServer({
    plugins: made.map((one, index) => ({ plugin: pluginOf(`plugin-${index}`, one) })),
  })
}

/** What nobody waits for has happened. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a registration can be refused with a reason, and then there is no account', async () => {
  const seen: object[] = []
  await start({
    onUserRegistering: {
      handler: (user) => {
        seen.push(user)
        return user.name === 'mallory'
          ? { kind: 'reject', reason: 'By invitation only.' }
          : { kind: 'pass' }
      },
    },
  })
  const refused = await register(server.url, 'mallory')
  expect(refused.status).toBe(422)
  expect(await refused.json()).toMatchObject({
    code: 'rejected_by_plugin',
    reason: 'By invitation only.',
  })
  expect((await register(server.url, 'alice')).status).toBe(201)
  expect(await server.engines.database.users.list({ limit: 10 })).toEqual(['alice'])
  expect(seen).toEqual([
    { name: 'mallory', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { name: 'alice', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ])
})

test('the chain runs by bands until one refuses, and a failing link refuses all', async () => {
  const asked: string[] = []
  await start(
    {
      onUserRegistering: {
        band: 'late',
        handler: () => {
          asked.push('late')
          throw new Error('boom')
        },
      },
    },
    {
      onUserRegistering: {
        band: 'early',
        handler: ({ name }) => {
          asked.push('early')
          return name === 'mallory' ? { kind: 'reject', reason: 'No.' } : { kind: 'pass' }
        },
      },
    },
  )
  expect((await register(server.url, 'mallory')).status).toBe(422)
  expect(asked).toEqual(['early'])
  const failed = await register(server.url, 'alice')
  expect([failed.status, await codeOf(failed)]).toEqual([503, 'plugin_failed'])
  expect(asked).toEqual(['early', 'early', 'late'])
  expect(await server.engines.database.users.list({ limit: 10 })).toEqual([])
})

test('hears who came, signed in, signed out and left, each once, under the request that did it', async () => {
  const heard: string[] = []
  const requests: string[] = []
  const note =
    (what: string) =>
    (subject: object, { requestId }: { requestId: string }) => {
      heard.push(`${what} ${Object.values(subject).join(' ')}`)
      requests.push(requestId)
    }
  await start({
    onUserRegistered: note('registered'),
    onSignedIn: note('in'),
    onSignedOut: note('out'),
    onUserRemoved: note('removed'),
  })
  const alice = await signUp(server.url, 'alice')
  await settle()
  const second = await login(server.url, 'alice')
  await settle()
  await call(server.url, alice, 'POST', '/chat/auth/logout')
  await settle()
  const password = 'plain sailing weather'
  await call(server.url, second, 'DELETE', '/chat/auth/account', { body: { password } })
  await settle()
  expect(heard).toEqual([
    'registered alice',
    `in alice ${alice.sessionId}`,
    `in alice ${second.sessionId}`,
    `out alice ${alice.sessionId}`,
    `out alice ${second.sessionId}`,
    'removed alice',
  ])
  expect(requests.every((id) => id !== '')).toBe(true)
})

test('a watcher that throws makes nobody fail', async () => {
  const boom = () => {
    throw new Error('boom')
  }
  await start({ onUserRegistered: boom, onSignedIn: boom, onSignedOut: boom, onUserRemoved: boom })
  const alice = await signUp(server.url, 'alice')
  expect((await call(server.url, alice, 'POST', '/chat/auth/logout')).status).toBe(200)
})
