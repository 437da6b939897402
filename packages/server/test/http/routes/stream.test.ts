import { startTestServer, type TestServer } from '../../../src/testing.ts'
import { makeSignUp, type SseReader, type TestUser } from '../../support/http.ts'

let server: TestServer
let alice: TestUser
let bob: TestUser
const open = new Set<SseReader>()

beforeAll(async () => {
  server = await startTestServer()
  const signUp = makeSignUp(server)
  alice = await signUp('alice')
  bob = await signUp('bob')
})
afterEach(() => {
  for (const reader of open) reader.destroy()
  open.clear()
})
afterAll(() => server.close())

async function streamOf(user: TestUser, options?: Parameters<TestUser['stream']>[0]) {
  const reader = await user.stream(options)
  open.add(reader)
  return reader
}

const send = async (message: string, to = 'bob') => {
  const { status, body } = await alice.call('POST', `/chat/${to}`, { message })
  expect(status).toBe(200)
  return String(body.id)
}

test('begins with ready and the cursor to resume from, then gives what comes', async () => {
  const reader = await streamOf(bob)
  expect(reader.status).toBe(200)
  expect(reader.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  expect(reader.headers['content-encoding']).toBeUndefined()
  const ready = await reader.next(({ event }) => event === 'ready')
  expect(reader.events[0]).toBe(ready)
  expect(ready.id).toBeDefined()
  expect(Object.keys(ready.data)).toEqual(['now'])
  const id = await send('one')
  const event = await reader.next((one) => one.event === 'message')
  expect(event.data).toMatchObject({ id, sender: 'alice', type: 'CHAT_MESSAGE', message: 'one' })
  expect(event.id).not.toBe(ready.id)
})
