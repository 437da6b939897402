import { type Account, type Answer, newKeys } from '../../../setup/account.ts'

/**
 * Mallory has an account and every right that comes with it. For each endpoint that wants a session: the
 * calls with which she goes for what is Bob's, and what each must be answered with. An endpoint without a row
 * here fails the test, so that none comes in unexamined (ASVS 8.2.2).
 */
export type Attack = {
  readonly method: string
  readonly target: string
  readonly body?: unknown
  readonly expect: (answer: Answer) => void
}

export type Scene = {
  readonly bob: Account
  readonly mallory: Account
  readonly bobsCursor: string
}

const refused = (status: number, code: string) => (answer: Answer) =>
  expect({ status: answer.status, code: answer.code }).toEqual({ status, code })

const answersWithout = (text: () => string) => (answer: Answer) => {
  expect(answer.status).toBe(200)
  expect(JSON.stringify(answer.body)).not.toContain(text())
}

/** By name of the endpoint; none is left out. */
export const attacks = ({ bob, mallory, bobsCursor }: Scene): Record<string, Attack[]> => ({
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
