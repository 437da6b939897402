import { startTestServer, type TestServer, type VirtualClock } from '../../../src/testing.ts'
import { makeSignUp, type TestUser } from '../../support/http.ts'

let server: TestServer<VirtualClock>
let alice: TestUser
let bob: TestUser

beforeAll(async () => {
  server = await startTestServer({ clock: 'virtual' })
  const signUp = makeSignUp(server)
  alice = await signUp('alice')
  bob = await signUp('bob')
  for (const name of ['carol', 'car-1', 'dave']) await signUp(name)
  // Registering and signing in are no authenticated calls: nobody has been there yet.
})
afterAll(() => server.close())

interface Users {
  readonly users: ReadonlyArray<Record<string, unknown>>
  readonly next: string | null
}
const list = async (query = '') =>
  (await alice.call('GET', `/chat/users${query}`)).body as unknown as Users
const names = ({ users }: Users) => users.map(({ name }) => name)

describe('GET /chat/users', () => {
  test('lists all by name, with the documented fields, the caller online by this very call', async () => {
    const page = await list()
    expect(names(page)).toEqual(['alice', 'bob', 'car-1', 'carol', 'dave'])
    expect(page.next).toBeNull()
    expect(page.users[0]).toMatchObject({
      name: 'alice',
      online: true,
      state: 'online',
      text: null,
    })
    expect(page.users[4]).toEqual({
      name: 'dave',
      online: false,
      state: 'offline',
      text: null,
      last_seen: null,
    })
  })

  test('pages: `next` is the last name, null when nothing follows', async () => {
    const first = await list('?limit=2')
    expect([names(first), first.next]).toEqual([['alice', 'bob'], 'bob'])
    const second = await list('?limit=2&after=bob')
    expect([names(second), second.next]).toEqual([['car-1', 'carol'], 'carol'])
    const third = await list('?limit=2&after=carol')
    expect([names(third), third.next]).toEqual([['dave'], null])
    const exact = await list('?limit=5')
    expect([names(exact).length, exact.next]).toEqual([5, null])
  })

  test('takes the beginning of a name, folded', async () => {
    expect(names(await list('?prefix=CAR'))).toEqual(['car-1', 'carol'])
    expect(names(await list('?prefix=car&after=car-1'))).toEqual(['carol'])
    expect(names(await list('?prefix=zz'))).toEqual([])
  })

  test('shows on demand only who is online, busy and away included', async () => {
    await bob.call('POST', '/chat/presence/bob', { status: 'busy', text: 'in a call' })
    const page = await list('?online=true')
    expect(names(page)).toEqual(['alice', 'bob'])
    expect(page.users[1]).toMatchObject({ online: true, state: 'busy', text: 'in a call' })
    expect(names(await list('?online=false'))).toHaveLength(5)
    await server.clock.advance(90_001)
    expect(names(await list('?online=true'))).toEqual(['alice'])
  })

  test.each([
    '?online=1',
    '?prefix=%25',
    '?limit=0',
    '?limit=1001',
    '?after=%27',
    '?prefix=a&prefix=b',
  ])('refuses %s', async (query) => {
    const { status, body } = await alice.call('GET', `/chat/users${query}`)
    expect([status, body.code]).toEqual([422, 'invalid_request'])
  })
})

describe('POST /chat/presence/{username}', () => {
  test('sets the own presence only; another name is answered the same whether it is there or not', async () => {
    expect((await alice.call('POST', '/chat/presence/ALICE', { status: 'away' })).body).toEqual({
      status: 'OK',
    })
    for (const name of ['bob', 'nobody']) {
      const { status, body } = await alice.call('POST', `/chat/presence/${name}`, {
        status: 'away',
      })
      expect([status, body.code]).toEqual([403, 'not_yours'])
    }
  })

  test.each([
    {},
    { status: 'invisible' },
    { status: ['away'] },
    { status: 'away', text: 'x'.repeat(141) },
    { status: 'away', text: 'a\nb' },
    { status: 'away', text: '\u001b[2J' },
    { status: 'away', text: '\ud800' },
    { status: 'away', text: { length: 1 } },
  ])('refuses %j', async (content) => {
    const { status, body } = await alice.call('POST', '/chat/presence/alice', content)
    expect([status, body.code]).toEqual([422, 'invalid_request'])
  })

  test('a text that steers direction is shown escaped', async () => {
    await alice.call('POST', '/chat/presence/alice', { status: 'away', text: 'x\u202ey' })
    expect((await list('?prefix=alice')).users[0]).toMatchObject({ text: 'x\\u{202e}y' })
  })
})

describe('GET /chat/{username}/publickey', () => {
  test('answers the key with the documented fields', async () => {
    const { status, body } = await alice.call('GET', '/chat/Bob/publickey')
    expect(status).toBe(200)
    expect(body).toEqual({
      name: 'bob',
      'public-key': expect.stringMatching(/^-----BEGIN PUBLIC KEY-----\n/),
      fingerprint: bob.fingerprint,
      seq: 0,
      changed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      changes: [],
    })
  })

  test('refuses a name that is not there', async () => {
    const { status, body } = await alice.call('GET', '/chat/nobody/publickey')
    expect([status, body.code]).toEqual([404, 'no_such_user'])
  })
})

describe('blocks', () => {
  test('are listed, kept per user, and taken back; each step can be repeated', async () => {
    for (let i = 0; i < 2; i++) {
      expect((await alice.call('PUT', '/chat/auth/blocks/BOB')).body).toEqual({ status: 'OK' })
    }
    expect((await alice.call('GET', '/chat/auth/blocks')).body).toEqual({ blocks: ['bob'] })
    expect((await bob.call('GET', '/chat/auth/blocks')).body).toEqual({ blocks: [] })
    const refused = await bob.call('POST', '/chat/alice', { message: 'sealed' })
    expect([refused.status, refused.body.code]).toEqual([403, 'not_accepted'])
    expect((await alice.call('POST', '/chat/bob', { message: 'sealed' })).status).toBe(200)
    for (let i = 0; i < 2; i++) {
      expect((await alice.call('DELETE', '/chat/auth/blocks/bob')).body).toEqual({ status: 'OK' })
    }
    expect((await bob.call('POST', '/chat/alice', { message: 'sealed' })).status).toBe(200)
  })

  test.each(['PUT', 'DELETE'])('%s refuses a name that is not there', async (method) => {
    const { status, body } = await alice.call(method, '/chat/auth/blocks/nobody')
    expect([status, body.code]).toEqual([404, 'no_such_user'])
  })
})
