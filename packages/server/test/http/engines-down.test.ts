import { expect, test } from '@jest/globals'
import { type Endpoint, endpoints } from '@secure-chat/protocol'
import { startTestServer } from '../../src/testing.ts'
import { anyKeyPair, call, codeOf, goodPassword, postJson, signUp } from '../support/account.ts'

const guarded = Object.values<Endpoint>(endpoints).filter(({ access }) => access !== 'open')

const exchange = (kid: string) => {
  const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWS', kid }
  const parts = [256, 12, 64, 16].map((length) => Buffer.alloc(length, 7).toString('base64url'))
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...parts].join('.')
}

/** Bodies that are served while all is well. */
const bodyOf = (path: string) =>
  ({
    '/chat/presence/:username': { status: 'away' },
    '/chat/:username/keyexchange': { encrypted_key: exchange('0'.repeat(64)) },
    '/chat/:username': { message: 'sealed' },
    '/chat/auth/password': { password: goodPassword, new_password: 'another good one' },
    '/chat/auth/key': {
      password: goodPassword,
      'pub-key': anyKeyPair().publicPem,
      proof: { payload: '', signatures: [] },
    },
    '/chat/auth/account': { password: goodPassword },
  })[path] ?? {}

test('with the database down nobody is let in, and nothing is promised', async () => {
  const server = await startTestServer()
  const alice = await signUp(server.url, 'alice')
  await server.engines.database.close()
  // A session that this node has never seen is looked up, so it cannot be believed now.
  for (const { method, path } of guarded) {
    const target = path.replace(':username', 'alice').replace(':session_id', alice.sessionId)
    const body = method === 'GET' ? {} : { body: bodyOf(path) }
    const answer = await call(server.url, alice, method, target, body)
    expect([method, path, answer.status]).toEqual([method, path, 503])
    expect(await codeOf(answer)).toBe('database_unavailable')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  const open = {
    '/chat/auth/register': {
      name: 'bob',
      password: goodPassword,
      'pub-key': anyKeyPair().publicPem,
    },
    '/chat/auth/login': { name: 'alice', password: goodPassword },
    '/chat/auth/recover': {
      name: 'alice',
      password: goodPassword,
      'pub-key': anyKeyPair().publicPem,
    },
  }
  for (const [path, body] of Object.entries(open)) {
    expect([path, (await postJson(server.url + path, body)).status]).toEqual([path, 503])
  }
  await server.close()
})

test('with the queue down no message and no exchange is acknowledged, and reading says so', async () => {
  const server = await startTestServer()
  const alice = await signUp(server.url, 'alice')
  const key = await (await call(server.url, alice, 'GET', '/chat/alice/publickey')).json()
  await server.engines.queue.close()
  const calls = [
    ['POST', '/chat/alice', { message: 'sealed' }],
    ['POST', '/chat/alice/keyexchange', { encrypted_key: exchange(Object(key).fingerprint) }],
    ['GET', '/chat/messages', undefined],
    ['GET', '/chat/stream', undefined],
  ] as const
  for (const [method, target, body] of calls) {
    const answer = await call(server.url, alice, method, target, { body })
    expect([target, answer.status, await codeOf(answer)]).toEqual([
      target,
      503,
      'queue_unavailable',
    ])
  }
  await server.close()
})
