import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { limits, parseUserName } from '@secure-chat/protocol'
import { makeOperatorOrders } from '../../src/domain/accounts/operator-orders.ts'
import { openSqliteDatabase } from '../../src/drivers/sqlite/index.ts'
import { startTestServer, type TestServer, type VirtualClock } from '../../src/testing.ts'
import { call, codeOf, login, type SignedIn, signUp } from '../support/account.ts'

const dayMs = 86_400_000

let server: TestServer<VirtualClock>
afterEach(() => server.close())

async function startVirtual(): Promise<SignedIn> {
  server = await startTestServer({ clock: 'virtual' })
  await server.clock.advance(10)
  return signUp(server.url, 'alice')
}

const ask = (me: SignedIn, method = 'GET', target = '/chat/auth/sessions') =>
  call(server.url, me, method, target, { now: server.clock.now() })

test('a session ends after 30 days without a call, and not a moment before', async () => {
  const me = await startVirtual()
  for (let use = 0; use < 2; use++) {
    await server.clock.jump(limits.sessionIdleMs - 120_000)
    expect((await ask(me)).status).toBe(200)
    await server.clock.advance(61_000)
  }
  await server.clock.jump(limits.sessionIdleMs)
  expect(await codeOf(await ask(me))).toBe('token_invalid')
})

test('a session ends after 90 days, however busy', async () => {
  const me = await startVirtual()
  for (let day = 0; day < 80; day += 20) {
    await server.clock.jump(20 * dayMs)
    expect((await ask(me)).status).toBe(200)
  }
  await server.clock.jump(10 * dayMs)
  expect(await codeOf(await ask(me))).toBe('token_invalid')
})

test('lists the sessions of the account, newest first, by public names that open nothing', async () => {
  const me = await startVirtual()
  await server.clock.advance(1000)
  const second = await login(server.url, 'alice')
  await signUp(server.url, 'bob')
  const body: unknown = await (await ask(me)).json()
  expect(body).toMatchObject({
    sessions: [
      { session_id: second.sessionId, current: false },
      { session_id: me.sessionId, current: true, client: 'node' },
    ],
  })
  const [first] = Object(body).sessions
  expect(Object.keys(first).sort()).toEqual([
    'client',
    'created_at',
    'current',
    'expires_at',
    'last_used_at',
    'session_id',
  ])
  expect(JSON.stringify(body)).not.toContain(me.sid.toString('base64url'))
})

test('shows a hostile User-Agent as printable text of at most 120 characters', async () => {
  server = await startTestServer({ clock: 'virtual' })
  const me = await signUp(server.url, 'alice')
  const { clock, services } = server
  await services.sessions.open(parseUserName('alice'), '')
  await services.signIn({
    name: parseUserName('alice'),
    password: 'plain sailing weather',
    ip: '127.0.0.1',
    requestId: 'r1',
    client: `\u001b[2J\u202eevil${'x'.repeat(500)}`,
  })
  const body: unknown = await (
    await call(server.url, me, 'GET', '/chat/auth/sessions', { now: clock.now() })
  ).json()
  const clients = Object(body).sessions.map(({ client }: { client: string }) => client)
  const shown = clients.find((client: string) => client.includes('evil'))
  expect(shown).toMatch(/^\\u\{1b\}\[2J\\u\{202e\}evilx+…$/)
  expect(shown.length).toBeLessThanOrEqual(120)
})

test('ends another session of the account by its name; not one of another account', async () => {
  const me = await startVirtual()
  const second = await login(server.url, 'alice')
  const bob = await signUp(server.url, 'bob')
  const foreign = await ask(me, 'DELETE', `/chat/auth/sessions/${bob.sessionId}`)
  expect([foreign.status, await codeOf(foreign)]).toEqual([404, 'no_such_session'])
  expect((await ask(bob)).status).toBe(200)
  expect((await ask(me, 'DELETE', `/chat/auth/sessions/${second.sessionId}`)).status).toBe(200)
  expect(await codeOf(await ask(second))).toBe('token_invalid')
  expect((await ask(me)).status).toBe(200)
})

test('hears within 2 s of sessions that ended elsewhere, and tells the streams', async () => {
  const me = await startVirtual()
  const ended: string[] = []
  server.services.sessionEvents.onEnded(({ sessionId }) => ended.push(sessionId))
  expect((await ask(me)).status).toBe(200)
  await server.clock.advance(1000)
  const elsewhere = await openSqliteDatabase({
    dir: server.dataDir,
    clock: server.clock,
    isExclusive: false,
  })
  const orders = makeOperatorOrders({
    users: elsewhere.users,
    sessions: elsewhere.sessions,
    storage: elsewhere.pluginStorage,
    clock: server.clock,
  })
  await orders.suspend(parseUserName('alice'))
  await elsewhere.close()
  await server.clock.advance(2000)
  expect(ended).toEqual([me.sessionId])
  expect(await codeOf(await ask(me))).toBe('token_invalid')
})

test('rotation: sessions of a secret that is still listed go on, new ones come under the first, a dropped secret ends its own', async () => {
  const [first, second] = [
    randomBytes(32).toString('base64url'),
    randomBytes(32).toString('base64url'),
  ]
  const dataDir = mkdtempSync(join(tmpdir(), 'secure-chat-rotation-'))
  const start = (sessionSecret: string) =>
    startTestServer({ clock: 'virtual', settings: { dataDir, sessionSecret } })
  server = await start(first)
  const old = await signUp(server.url, 'alice')
  await server.close()

  server = await start(`${second},${first}`)
  await server.clock.advance(1000)
  expect((await ask(old)).status).toBe(200)
  const young = await login(server.url, 'alice')
  expect((await ask(young)).status).toBe(200)
  await server.close()

  server = await start(second)
  await server.clock.advance(2000)
  expect((await ask(young)).status).toBe(200)
  expect(await codeOf(await ask(old))).toBe('token_invalid')
  rmSync(dataDir, { recursive: true, force: true })
})
