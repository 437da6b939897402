import { randomBytes } from 'node:crypto'
import { jest } from '@jest/globals'
import { describeWithServices } from '@secure-chat/e2e/services'
import { startTestServer, type TestServer } from '../../../src/testing.ts'
import {
  call,
  codeOf,
  goodPassword,
  login,
  newKeyPair,
  postJson,
  register,
  signUp,
} from '../../support/account.ts'
import { makeSignUp } from '../../support/http.ts'
import { type OwnDatabase, ownDatabase } from './own-database.ts'

jest.setTimeout(120_000)

/** The rules have their tests on the embedded engine; this is one walk through all of them on this one. */
describeWithServices('the server on MongoDB', () => {
  let own: OwnDatabase
  let server: TestServer
  let other: TestServer

  beforeAll(async () => {
    own = await ownDatabase()
    const settings = {
      databaseUrl: own.url,
      sessionSecret: randomBytes(32).toString('base64url'),
    }
    server = await startTestServer({ settings })
    other = await startTestServer({ settings })
  })
  afterAll(async () => {
    await server.close()
    await other.close()
    await own.drop()
  })

  async function json(response: Promise<Response>): Promise<Record<string, unknown>> {
    return Object(await (await response).json())
  }

  test('is ready, and one by its id on every node', async () => {
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    const [mine, theirs] = await Promise.all(
      [server, other].map((node) => json(fetch(`${node.url}/.well-known/secure-chat`))),
    )
    expect(mine?.server_id).toBe(theirs?.server_id)
  })

  test('registers a name once, on whatever node', async () => {
    expect((await register(server.url, 'alice')).status).toBe(201)
    const again = await register(other.url, 'alice')
    expect([again.status, await codeOf(again)]).toEqual([409, 'name_taken'])
  })

  test('takes a message and gives it back, and shows who is there', async () => {
    const alice = await login(server.url, 'alice')
    const bob = await signUp(server.url, 'bob')
    const sent = await call(server.url, alice, 'POST', '/chat/bob', { body: { message: 'sealed' } })
    expect(sent.status).toBe(200)
    expect(await json(call(server.url, bob, 'GET', '/chat/messages'))).toMatchObject({
      messages: [{ type: 'CHAT_MESSAGE', sender: 'alice', message: 'sealed' }],
    })
    const said = { body: { status: 'busy', text: 'writing' } }
    expect((await call(server.url, bob, 'POST', '/chat/presence/bob', said)).status).toBe(200)
    expect(await json(call(other.url, alice, 'GET', '/chat/users?online=true&prefix=b'))).toEqual({
      users: [
        {
          name: 'bob',
          online: true,
          state: 'busy',
          text: 'writing',
          last_seen: expect.any(String),
        },
      ],
      next: null,
    })
  })

  test('a session opened on one node is good on the other, and ends on both', async () => {
    const carol = await makeSignUp(server)('carol')
    const elsewhere = { sid: carol.session.sid, key: carol.session.key }
    const stream = await carol.stream()
    await stream.next(({ event }) => event === 'ready')
    expect((await call(other.url, elsewhere, 'GET', '/chat/users')).status).toBe(200)
    expect((await call(other.url, elsewhere, 'POST', '/chat/auth/logout')).status).toBe(200)
    await stream.next(({ event }) => event === 'end')
    await stream.ended
    const refused = await call(server.url, elsewhere, 'GET', '/chat/users')
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'token_invalid'])
  })

  test('a new password and a new key hold on the other node', async () => {
    const dave = await signUp(server.url, 'dave')
    const changed = await call(server.url, dave, 'POST', '/chat/auth/password', {
      body: { password: goodPassword, new_password: 'another good one' },
    })
    expect(changed.status).toBe(200)
    const keys = newKeyPair()
    const recovered = await json(
      postJson(`${other.url}/chat/auth/recover`, {
        name: 'dave',
        password: 'another good one',
        'pub-key': keys.publicPem,
      }),
    )
    expect(recovered).toMatchObject({ status: 'OK', seq: 1 })
    const again = await login(server.url, 'dave', { password: 'another good one', keys })
    expect(await json(call(server.url, again, 'GET', '/chat/dave/publickey'))).toMatchObject({
      seq: 1,
      fingerprint: recovered.fingerprint,
      changes: [{ seq: 1, new_key: recovered.fingerprint, proof: null }],
    })
  })

  test('a removed account is gone on the other node, and its name stays taken', async () => {
    const erin = await signUp(server.url, 'erin')
    const removed = await call(server.url, erin, 'DELETE', '/chat/auth/account', {
      body: { password: goodPassword },
    })
    expect(removed.status).toBe(200)
    const refused = await postJson(`${other.url}/chat/auth/login`, {
      name: 'erin',
      password: goodPassword,
    })
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'bad_credentials'])
    const again = await register(other.url, 'erin')
    expect([again.status, await codeOf(again)]).toEqual([409, 'name_taken'])
  })

  test('says nothing in its log that it could not do, and never where its database is', () => {
    const lines = [...server.logLines, ...other.logLines]
    expect(lines.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
    expect(lines.filter((line) => line.includes('mongodb://'))).toEqual([])
  })
})
