import { randomUUID } from 'node:crypto'
import { jest } from '@jest/globals'
import { type Endpoint, endpoints } from '@secure-chat/protocol'
import { removeHomes } from '../../setup/scratch.ts'
import { killServers, type Server, startServer } from '../../setup/server.ts'
import { type Account, type Answer, newKeys, send, signUp } from './support/account.ts'

jest.setTimeout(120_000)

/**
 * Mallory has an account and every right that comes with it. For each endpoint that wants a session: the
 * calls with which she goes for what is Bob's, and what each must be answered with. An endpoint without a row
 * here fails the test, so that none comes in unexamined (ASVS 8.2.2).
 */
type Attack = {
  readonly method: string
  readonly target: string
  readonly body?: unknown
  readonly expect: (answer: Answer) => void
}

let server: Server
let bob: Account
let mallory: Account
let bobsCursor: string
let before: unknown

beforeAll(async () => {
  server = await startServer()
  bob = await signUp(server.url, 'bob')
  mallory = await signUp(server.url, 'mallory')
  const carol = await signUp(server.url, 'carol')
  expect(await bob.call('PUT', '/chat/auth/blocks/carol')).toMatchObject({ status: 200 })
  expect(
    await bob.call('POST', '/chat/presence/bob', { status: 'busy', text: 'at work' }),
  ).toMatchObject({ status: 200 })
  expect(await mallory.call('POST', '/chat/bob', { message: 'for bob only' })).toMatchObject({
    status: 200,
  })
  expect(carol.name).toBe('carol')
  const { body } = await bob.call('GET', '/chat/messages')
  bobsCursor = String(body.next)
  before = await everythingOfBob()
})

afterAll(() => {
  killServers()
  removeHomes()
})

/** What Bob would notice. */
async function everythingOfBob(): Promise<unknown> {
  const [mailbox, sessions, blocks, key, users] = await Promise.all([
    bob.call('GET', '/chat/messages'),
    bob.call('GET', '/chat/auth/sessions'),
    bob.call('GET', '/chat/auth/blocks'),
    bob.call('GET', '/chat/bob/publickey'),
    bob.call('GET', '/chat/users?prefix=bob'),
  ])
  const listed = Array.isArray(sessions.body.sessions) ? sessions.body.sessions : []
  const [me] = Array.isArray(users.body.users) ? users.body.users : []
  return {
    mailbox: mailbox.body,
    sessions: listed.map(({ session_id }) => session_id),
    blocks: blocks.body,
    key: key.body,
    presence: { state: me.state, text: me.text },
  }
}

const refused = (status: number, code: string) => (answer: Answer) =>
  expect({ status: answer.status, code: answer.code }).toEqual({ status, code })

const answersWithout = (text: () => string) => (answer: Answer) => {
  expect(answer.status).toBe(200)
  expect(JSON.stringify(answer.body)).not.toContain(text())
}

const attacks = (): Record<string, Attack[]> => ({
  setPresence: [
    {
      method: 'POST',
      target: '/chat/presence/bob',
      body: { status: 'offline' },
      expect: refused(403, 'not_yours'),
    },
    {
      method: 'POST',
      target: '/chat/presence/BOB',
      body: { status: 'offline' },
      expect: refused(403, 'not_yours'),
    },
    {
      method: 'POST',
      target: '/chat/presence/b%6fb',
      body: { status: 'offline' },
      expect: refused(403, 'not_yours'),
    },
  ],
  readMessages: [
    {
      method: 'GET',
      target: `/chat/messages?after=${encodeURIComponent(bobsCursor)}`,
      expect: refused(400, 'bad_cursor'),
    },
    { method: 'GET', target: '/chat/messages', expect: answersWithout(() => 'for bob only') },
    {
      method: 'GET',
      target: '/chat/messages?user=bob&name=bob&username=bob',
      expect: answersWithout(() => 'for bob only'),
    },
    // A body decides nothing, least of all whose mailbox is meant.
    {
      method: 'GET',
      target: '/chat/messages?limit=1000',
      expect: answersWithout(() => 'for bob only'),
    },
  ],
  stream: [
    {
      method: 'GET',
      target: `/chat/stream?after=${encodeURIComponent(bobsCursor)}`,
      expect: refused(400, 'bad_cursor'),
    },
  ],
  listSessions: [
    { method: 'GET', target: '/chat/auth/sessions', expect: answersWithout(() => bob.sessionId) },
    {
      method: 'GET',
      target: '/chat/auth/sessions?name=bob',
      expect: answersWithout(() => bob.sessionId),
    },
  ],
  revokeSession: [
    {
      method: 'DELETE',
      target: `/chat/auth/sessions/${bob.sessionId}`,
      expect: refused(404, 'no_such_session'),
    },
  ],
  listBlocks: [
    { method: 'GET', target: '/chat/auth/blocks', expect: answersWithout(() => 'carol') },
  ],
  unblock: [
    {
      method: 'DELETE',
      target: '/chat/auth/blocks/carol',
      expect: ({ status }) => expect(status).toBe(200),
    },
  ],
  block: [
    {
      method: 'PUT',
      target: '/chat/auth/blocks/carol',
      body: { name: 'bob', user: 'bob' },
      expect: ({ status }) => expect(status).toBe(200),
    },
  ],
  changePassword: [
    {
      method: 'POST',
      target: '/chat/auth/password',
      body: { name: 'bob', password: 'guessed password', new_password: 'another long one' },
      expect: refused(401, 'bad_credentials'),
    },
    {
      method: 'POST',
      target: '/chat/auth/password',
      body: { name: 'bob', password: bob.password, new_password: 'another long one' },
      expect: refused(401, 'bad_credentials'),
    },
  ],
  changeKey: [
    {
      method: 'PUT',
      target: '/chat/auth/key',
      body: {
        name: 'bob',
        password: mallory.password,
        'pub-key': newKeys().publicPem,
        proof: { payload: '', signatures: [] },
      },
      expect: refused(422, 'bad_proof'),
    },
    {
      method: 'PUT',
      target: '/chat/auth/key',
      body: {
        name: 'bob',
        password: bob.password,
        'pub-key': newKeys().publicPem,
        proof: { payload: '', signatures: [] },
      },
      expect: refused(401, 'bad_credentials'),
    },
  ],
  removeAccount: [
    {
      method: 'DELETE',
      target: '/chat/auth/account',
      body: { name: 'bob', password: bob.password },
      expect: refused(401, 'bad_credentials'),
    },
  ],
  listUsers: [
    {
      method: 'GET',
      target: '/chat/users',
      expect({ body }) {
        const [first] = Array.isArray(body.users) ? body.users : []
        expect(Object.keys(first).sort()).toEqual(['last_seen', 'name', 'online', 'state', 'text'])
      },
    },
  ],
  getPublicKey: [
    {
      method: 'GET',
      target: '/chat/bob/publickey',
      expect({ body }) {
        expect(Object.keys(body).sort()).toEqual(
          ['changed_at', 'changes', 'fingerprint', 'name', 'public-key', 'seq'].sort(),
        )
      },
    },
  ],
  // Writing to Bob is everybody's right; in another's name is nobody's (checked below).
  sendMessage: [],
  keyExchange: [],
  // Ends the session of the proof, whatever else is sent; Bob's are compared afterwards.
  logout: [],
})

const guarded = Object.entries<Endpoint>(endpoints).filter(([, { access }]) => access !== 'open')

test('every endpoint that wants a session has its row in the matrix', () => {
  expect(Object.keys(attacks()).sort()).toEqual(guarded.map(([name]) => name).sort())
})

test.each(guarded.map(([name]) => name))('%s gives another user nothing of Bob’s', async (name) => {
  for (const attack of attacks()[name] ?? []) {
    attack.expect(await mallory.call(attack.method, attack.target, attack.body))
  }
  expect(await everythingOfBob()).toEqual(before)
})

test.each(['/chat/carol', '/chat/carol/keyexchange'])(
  '%s names the sender by the session, whatever the body says',
  async (target) => {
    const reader = await signUp(server.url, `reader-${randomUUID().slice(0, 8)}`)
    const to = target.replace('carol', reader.name)
    const forged = {
      sender: 'bob',
      from: 'bob',
      name: 'bob',
      user: 'bob',
      timestamp: 0,
      type: 'SYSTEM',
    }
    const body = to.endsWith('keyexchange')
      ? { ...forged, encrypted_key: exchangeFor(reader.fingerprint) }
      : { ...forged, message: 'in whose name?' }
    expect(await mallory.call('POST', to, body)).toMatchObject({ status: 200 })
    const { body: read } = await reader.call('GET', '/chat/messages')
    expect(read.messages).toMatchObject([{ sender: 'mallory' }])
    expect(JSON.stringify(read.messages)).not.toContain('bob')
    expect(JSON.stringify(read.messages)).not.toContain('SYSTEM')
  },
)

test('a proof of one user never passes for another', async () => {
  const target = '/chat/messages'
  const proof = mallory.authorization('GET', target)
  const [scheme, ...rest] = proof.split('.')
  const [, ...tail] = rest
  const bobsSid = bob.sid.toString('base64url')
  const mixed = [scheme, bobsSid, ...tail].join('.')
  expect(await send(server.url, 'GET', target, undefined, { authorization: mixed })).toMatchObject({
    status: 401,
    code: 'token_invalid',
  })
})

test.each(guarded)('%s refuses the proof of a session that has ended', async (name, endpoint) => {
  const other = await endedSession()
  const target = endpoint.path.replace(':username', 'bob').replace(':session_id', bob.sessionId)
  const body = endpoint.method === 'GET' ? undefined : {}
  const answer = await other.call(endpoint.method, target, body)
  expect({ name, status: answer.status, code: answer.code }).toEqual({
    name,
    status: 401,
    code: 'token_invalid',
  })
})

let ended: Account | undefined
async function endedSession(): Promise<Account> {
  if (ended) return ended
  const session = await mallory.signInAgain()
  expect(await session.call('POST', '/chat/auth/logout')).toMatchObject({ status: 200 })
  ended = session
  return session
}

/** Of the right form; what it seals is nobody's business here. */
function exchangeFor(kid: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = part({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWS', kid })
  const bytes = (length: number) => Buffer.alloc(length, 7).toString('base64url')
  return [header, bytes(256), bytes(12), bytes(64), bytes(16)].join('.')
}
