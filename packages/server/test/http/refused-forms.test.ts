import { formatSessionKey, signRequest } from '@secure-chat/protocol'
import request from 'supertest'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import { makeSignUp, type TestUser } from '../support/http.ts'

let server: TestServer
let signUp: (name: string) => Promise<TestUser>

beforeAll(async () => {
  server = await startTestServer()
  signUp = makeSignUp(server)
})

afterAll(() => server.close())

const bare = ({ session }: TestUser) => formatSessionKey(session)

test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
  'refuses a method in %s, on open endpoints and others',
  async (header) => {
    const { body } = await request(server.app)
      .post('/chat/auth/login')
      .set(header, 'DELETE')
      .send({ name: 'nobody', password: 'nothing at all' })
      .expect(422)
    expect(body.code).toBe('invalid_request')
  },
)

test('ends a session whose bare key is sent to an open endpoint', async () => {
  const user = await signUp('exposed-open')
  const { body } = await request(server.app)
    .get('/.well-known/secure-chat')
    .set('Authorization', `Bearer ${bare(user)}`)
    .expect(401)
  expect(body.code).toBe('session_key_exposed')
  expect(await user.call('GET', '/chat/users')).toMatchObject({ status: 401 })
})

test('an open endpoint does not mind an Authorization that is nobody’s', () =>
  request(server.app)
    .get('/.well-known/secure-chat')
    .set('Authorization', `Bearer sk1.${'A'.repeat(22)}.${'A'.repeat(43)}`)
    .expect(200))

test('ends a session whose bare key stands in the query, however its name is spelled', async () => {
  const user = await signUp('exposed-query')
  const { body } = await request(server.app)
    .get(`/chat/users?access_tok%65n=${bare(user)}`)
    .expect(401)
  expect(body.code).toBe('session_key_exposed')
  expect(await user.call('GET', '/chat/users')).toMatchObject({ status: 401 })
})

test('says nothing of a media type before the body is proved', async () => {
  const user = await signUp('media-type')
  const send = (proved: string, sent: string) =>
    request(server.app)
      .post('/chat/media-type')
      .set('Content-Type', 'text/plain')
      .set(
        'Authorization',
        signRequest({
          ...user.session,
          method: 'POST',
          target: '/chat/media-type',
          mediaType: 'text/plain',
          body: Buffer.from(proved),
          now: Date.now(),
        }),
      )
      .send(sent)
  expect((await send('one', 'two')).body.code).toBe('token_invalid')
  expect((await send('one', 'one')).body.code).toBe('unsupported_media_type')
})
