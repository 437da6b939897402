import { endpoints } from '@secure-chat/protocol'
import { startTestServer, type TestServer } from '../../../src/testing.ts'
import { makeSignUp, type TestUser } from '../../support/http.ts'
import { exchangeFor } from '../../support/messaging.ts'

let server: TestServer
let bob: TestUser
let mallory: TestUser

beforeAll(async () => {
  server = await startTestServer()
  const signUp = makeSignUp(server)
  bob = await signUp('bob')
  mallory = await signUp('mallory')
  await bob.call('POST', '/chat/bob', { message: 'private' })
  await bob.call('PUT', '/chat/auth/blocks/mallory')
  await bob.call('POST', '/chat/presence/bob', { status: 'busy', text: 'private call' })
})
afterAll(() => server.close())

/** What another user tries on bob with each call. Undefined: the call names nobody, so it can only mean the caller. */
const attempts: Record<keyof typeof endpoints, { target?: string; body?: object } | undefined> = {
  register: { body: { name: 'bob', password: 'another password', 'pub-key': 'x' } },
  login: { body: { name: 'bob', password: 'another password' } },
  recover: { body: { name: 'bob', password: 'another password', 'pub-key': 'x' } },
  logout: { body: { name: 'bob', user: 'bob', session_id: 'bob' } },
  listUsers: {},
  setPresence: { body: { status: 'offline', text: 'gone' } },
  getPublicKey: {},
  keyExchange: { body: { encrypted_key: exchangeFor('ab'.repeat(32)) } },
  readMessages: { target: '/chat/messages?user=bob&username=bob' },
  sendMessage: { body: { message: 'sealed', sender: 'bob' } },
  stream: undefined,
  listSessions: { target: '/chat/auth/sessions?user=bob' },
  revokeSession: {},
  changePassword: {
    body: { name: 'bob', password: 'wrong password', new_password: 'another password' },
  },
  changeKey: { body: { name: 'bob', password: 'wrong password', 'pub-key': 'x', proof: {} } },
  removeAccount: { body: { name: 'bob', password: 'wrong password' } },
  listBlocks: { target: '/chat/auth/blocks?user=bob' },
  block: {},
  unblock: {},
  wellKnown: undefined,
  livez: undefined,
  readyz: undefined,
  openapi: undefined,
  docs: undefined,
}

/** Everything bob has, as bob sees it. */
async function possessions(): Promise<unknown> {
  const read = async (target: string) => (await bob.call('GET', target)).body
  const listOf = (value: unknown) => value as Array<Record<string, unknown>>
  const { sessions } = await read('/chat/auth/sessions')
  const { users } = await read('/chat/users?prefix=bob')
  return {
    mailbox: await read('/chat/messages'),
    blocks: await read('/chat/auth/blocks'),
    key: await read('/chat/bob/publickey'),
    sessions: listOf(sessions).map(({ session_id }) => session_id),
    presence: listOf(users).map(({ state, text }) => [state, text]),
  }
}

const tried = Object.entries(attempts).flatMap(([name, attempt]) => {
  const endpoint = Object.entries(endpoints).find(([key]) => key === name)?.[1]
  return attempt && endpoint ? [{ name, endpoint, attempt }] : []
})

test.each(tried)(
  '$name of another user reads and changes nothing of bob',
  async ({ endpoint, attempt }) => {
    const before = await possessions()
    const caller = endpoint.name === 'logout' ? await mallory.signInAgain() : mallory
    const target =
      attempt.target ??
      endpoint.path.replace(':username', 'bob').replace(':session_id', bob.sessionId)
    const { body } = await caller.call(endpoint.method, target, attempt.body)
    expect(await possessions()).toEqual(before)
    const seen = JSON.stringify(body)
    expect(seen).not.toContain('"message":"private"')
    if (!target.includes(bob.sessionId)) expect(seen).not.toContain(bob.sessionId)
  },
)

test('no stream of another user gets what is in the mailbox of bob', async () => {
  const reader = await mallory.stream()
  await reader.next(({ event }) => event === 'ready')
  await bob.call('POST', '/chat/bob', { message: 'private again' })
  await bob.call('POST', '/chat/mallory', { message: 'mark' })
  await reader.next(({ data }) => data.message === 'mark')
  expect(reader.text()).not.toContain('private again')
  reader.destroy()
})

test('a cursor of another mailbox opens nothing', async () => {
  const { body } = await bob.call('GET', '/chat/messages')
  const refused = await mallory.call('GET', `/chat/messages?after=${body.next}`)
  expect([refused.status, refused.body.code]).toEqual([400, 'bad_cursor'])
})
