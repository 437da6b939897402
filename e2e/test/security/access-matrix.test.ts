import { randomUUID } from 'node:crypto'
import { jest } from '@jest/globals'
import { type Endpoint, endpoints } from '@secure-chat/protocol'
import { type Account, send, signUp } from '../../setup/account.ts'
import { removeHomes } from '../../setup/scratch.ts'
import { killServers, type Server, startServer } from '../../setup/server.ts'
import { attacks } from './support/attacks.ts'

jest.setTimeout(120_000)

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

const guarded = Object.entries<Endpoint>(endpoints).filter(([, { access }]) => access !== 'open')

test('every endpoint that wants a session has its row in the matrix', () => {
  expect(Object.keys(attacks({ bob, mallory, bobsCursor })).sort()).toEqual(
    guarded.map(([name]) => name).sort(),
  )
})

test.each(guarded.map(([name]) => name))('%s gives another user nothing of Bob’s', async (name) => {
  for (const attack of attacks({ bob, mallory, bobsCursor })[name] ?? []) {
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
    expect(JSON.stringify(read.messages)).not.toContain('"bob"')
    expect(JSON.stringify(read.messages)).not.toContain('"SYSTEM"')
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
