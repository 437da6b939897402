import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { startTestServer, type TestServer } from '../../../src/testing.ts'
import { makeSignUp, type TestUser } from '../../support/http.ts'
import { exchangeFor } from '../../support/messaging.ts'

let server: TestServer
let alice: TestUser
let bob: TestUser

beforeAll(async () => {
  server = await startTestServer()
  const signUp = makeSignUp(server)
  alice = await signUp('alice')
  bob = await signUp('bob')
})
afterAll(() => server.close())

interface Page {
  readonly messages: ReadonlyArray<Record<string, unknown>>
  readonly next: string
  readonly more: boolean
}

async function mailboxOf(user: TestUser, query = ''): Promise<Page> {
  const { status, body } = await user.call('GET', `/chat/messages${query}`)
  expect(status).toBe(200)
  return body as unknown as Page
}

const endOf = async (user: TestUser) => (await mailboxOf(user, '?limit=1000')).next

test('a message goes from one user to the mailbox of the other, with the documented names only', async () => {
  const after = await endOf(bob)
  const sent = await alice.call('POST', '/chat/bob', { message: 'sealed' })
  expect(sent.status).toBe(200)
  expect(Object.keys(sent.body)).toEqual(['status', 'id', 'timestamp'])
  const { messages, next, more } = await mailboxOf(bob, `?after=${after}`)
  expect(messages).toEqual([
    {
      id: sent.body.id,
      type: 'CHAT_MESSAGE',
      sender: 'alice',
      message: 'sealed',
      timestamp: sent.body.timestamp,
    },
  ])
  expect([typeof next, more]).toEqual(['string', false])
})

test('names in paths are folded', async () => {
  expect((await alice.call('POST', '/chat/BoB', { message: 'sealed' })).status).toBe(200)
})

test('the sender is the session, whatever the body says', async () => {
  const after = await endOf(bob)
  await alice.call('POST', '/chat/bob', {
    message: 'sealed',
    sender: 'system',
    type: 'SYSTEM',
    timestamp: '1970-01-01T00:00:00.000Z',
    meta: { a: 'b' },
  })
  const [record] = (await mailboxOf(bob, `?after=${after}`)).messages
  expect(record).toMatchObject({ sender: 'alice', type: 'CHAT_MESSAGE' })
  expect(Object.keys(record ?? {})).toEqual(['id', 'type', 'sender', 'message', 'timestamp'])
})

test('a retry with the same id answers as the first time, another body is refused', async () => {
  const after = await endOf(bob)
  const body = { message: 'sealed', id: randomUUID() }
  const [one, two] = await Promise.all([
    alice.call('POST', '/chat/bob', body),
    alice.call('POST', '/chat/bob', body),
  ])
  const three = await alice.call('POST', '/chat/bob', body)
  expect(one.status).toBe(200)
  expect(two.body).toEqual(one.body)
  expect(three.body).toEqual(one.body)
  const other = await alice.call('POST', '/chat/bob', { ...body, message: 'other' })
  expect([other.status, other.body.code]).toEqual([409, 'id_reused'])
  expect((await mailboxOf(bob, `?after=${after}`)).messages).toHaveLength(1)
})

test.each([
  ['no_such_user', 404, '/chat/nobody', { message: 'sealed' }],
  ['key_changed', 409, '/chat/bob', { message: 'sealed', to_key: 'ab'.repeat(32) }],
  ['invalid_request', 422, '/chat/bob', {}],
  ['invalid_request', 422, '/chat/bob', { message: '' }],
  ['invalid_request', 422, '/chat/bob', { message: ['sealed'] }],
  ['invalid_request', 422, '/chat/bob', { message: { toString: 'sealed' } }],
  ['invalid_request', 422, '/chat/bob', { message: 'a\0b' }],
  ['invalid_request', 422, '/chat/bob', { message: 'x'.repeat(192 * 1024 + 1) }],
  ['invalid_request', 422, '/chat/bob', { message: 'sealed', id: 'no uuid' }],
  ['invalid_request', 422, '/chat/bob', { message: 'sealed', to_key: 'AB'.repeat(32) }],
  ['too_large', 413, '/chat/bob', { message: 'x'.repeat(256 * 1024) }],
  ['name_reserved', 422, '/chat/system', { message: 'sealed' }],
  ['invalid_request', 422, `/chat/${'x'.repeat(5000)}`, { message: 'sealed' }],
  ['invalid_request', 422, '/chat/..%2fauth', { message: 'sealed' }],
  ['invalid_request', 422, '/chat/__proto__', { message: 'sealed' }],
  ['invalid_request', 422, '/chat/bob/keyexchange', { encrypted_key: 'a.b.c.d.e' }],
  [
    'no_such_user',
    404,
    '/chat/nobody/keyexchange',
    { encrypted_key: exchangeFor('ab'.repeat(32)) },
  ],
  [
    'invalid_request',
    422,
    '/chat/bob/keyexchange',
    { encrypted_key: exchangeFor('ab'.repeat(32)) },
  ],
])('answers %s (%i) and stores nothing: %.30s', async (code, status, target, body) => {
  const after = await endOf(bob)
  const answer = await alice.call('POST', target, body)
  expect([answer.body.code, answer.status]).toEqual([code, status])
  expect(answer.headers['content-type']).toMatch('application/problem+json')
  expect((await mailboxOf(bob, `?after=${after}`)).messages).toEqual([])
})

test('takes a message of exactly 192 KiB', async () => {
  const message = 'x'.repeat(192 * 1024)
  expect((await alice.call('POST', '/chat/bob', { message })).status).toBe(200)
})

test('a key exchange arrives as it was sent', async () => {
  const after = await endOf(bob)
  const encrypted_key = exchangeFor(bob.fingerprint)
  const { status, body } = await alice.call('POST', '/chat/bob/keyexchange', { encrypted_key })
  expect([status, Object.keys(body)]).toEqual([200, ['status', 'id', 'timestamp']])
  const { messages } = await mailboxOf(bob, `?after=${after}`)
  expect(messages).toMatchObject([
    { type: 'KEY_EXCHANGE', sender: 'alice', message: encrypted_key },
  ])
})

test.each([
  ['bad_cursor', 400, '?after=%21'],
  ['bad_cursor', 400, '?after=%00'],
  ['bad_cursor', 400, `?after=${'A'.repeat(300)}`],
  ['invalid_request', 422, '?limit=0'],
  ['invalid_request', 422, '?limit=1001'],
  ['invalid_request', 422, '?limit=1e2'],
  ['invalid_request', 422, '?limit=5&limit=6'],
  ['invalid_request', 422, '?wait=31'],
  ['invalid_request', 422, '?wait=-1'],
  ['invalid_request', 422, '?limit[]=5&limit[]=6&wait=x'],
])('answers %s (%i) to GET /chat/messages%s', async (code, status, query) => {
  const answer = await bob.call('GET', `/chat/messages${query}`)
  expect([answer.body.code, answer.status]).toEqual([code, status])
})

test('waits for what comes, and ends with the session', async () => {
  const after = await endOf(bob)
  const waiting = bob.call('GET', `/chat/messages?after=${after}&wait=30`)
  await alice.call('POST', '/chat/bob', { message: 'awaited' })
  expect((await waiting).body.messages).toMatchObject([{ message: 'awaited' }])
  const second = await bob.signInAgain()
  const next = await endOf(bob)
  const ending = second.call('GET', `/chat/messages?after=${next}&wait=30`)
  await new Promise((resolve) => setImmediate(resolve))
  await second.call('POST', '/chat/auth/logout')
  expect((await ending).status).toBe(401)
})

test('paging with any limit gives every message once, in order', async () => {
  const start = await endOf(bob)
  const expected = Array.from({ length: 25 }, (_, i) => `m${i}`)
  for (const message of expected) await alice.call('POST', '/chat/bob', { message })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (limit) => {
      const got: unknown[] = []
      let after = start
      for (let more = true; more; ) {
        const page = await mailboxOf(bob, `?after=${after}&limit=${limit}`)
        got.push(...page.messages.map(({ message }) => message))
        after = page.next
        more = page.more
      }
      expect(got).toEqual(expected)
    }),
    { numRuns: 10 },
  )
})

test('any JSON whatever as body is answered 2xx or 4xx with a code, never 5xx', async () => {
  const targets = ['/chat/bob', '/chat/bob/keyexchange', '/chat/presence/alice']
  const fields = [
    'message',
    'id',
    'to_key',
    'encrypted_key',
    'status',
    'text',
    '__proto__',
    'constructor',
  ]
  const body = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 2 }))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...targets),
      fc.oneof(body, fc.jsonValue()),
      async (target, content) => {
        const answer = await alice.call('POST', target, content)
        expect(answer.status).toBeLessThan(500)
        if (answer.status >= 400) expect(typeof answer.body.code).toBe('string')
      },
    ),
    { numRuns: 60 * Number(process.env.FC_RUNS ?? 1) },
  )
})

test('answers 429 with the seconds to wait once the burst is gone', async () => {
  const strict = await startTestServer({
    settings: { rateLimit: 'on', limitMessagesBurst: 2, limitExchangesPerHour: 1 },
  })
  const carol = await makeSignUp(strict)('carol')
  const send = (target: string, body: object) => carol.call('POST', target, body)
  for (let i = 0; i < 2; i++) expect((await send('/chat/carol', { message: 'm' })).status).toBe(200)
  const refused = await send('/chat/carol', { message: 'm' })
  expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited'])
  expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  await strict.close()
})
