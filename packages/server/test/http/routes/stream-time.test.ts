import { startTestServer, type TestServer, type VirtualClock } from '../../../src/testing.ts'
import { makeSignUp, type SseReader, type TestUser } from '../../support/http.ts'

let server: TestServer<VirtualClock>
let bob: TestUser
let reader: SseReader

beforeEach(async () => {
  server = await startTestServer({ clock: 'virtual' })
  bob = await makeSignUp(server)('bob')
  reader = await bob.stream()
  await reader.next(({ event }) => event === 'ready')
})
afterEach(async () => {
  reader.destroy()
  await server.close()
})

test('a comment goes out every 15 seconds', async () => {
  const comments = () =>
    reader
      .text()
      .split('\n')
      .filter((line) => line === ':').length
  await server.clock.advance(15_000)
  await reader.seen('\n\n:\n\n')
  expect(comments()).toBe(1)
  await server.clock.advance(15_000)
  await reader.seen('\n\n:\n\n:\n\n')
  expect(comments()).toBe(2)
})

test('an open stream is a sign of life, and 90 seconds after it the user is offline', async () => {
  const stateOfBob = async () => {
    const { users } = await server.services.listUsers({
      online: false,
      prefix: 'bob',
      after: undefined,
      limit: 1,
    })
    return users[0]?.state
  }
  await server.clock.advance(10 * 60_000)
  expect(await stateOfBob()).toBe('online')
  reader.destroy()
  await until(() => server.services.streams.size === 0)
  await server.clock.advance(91_000)
  expect(await stateOfBob()).toBe('offline')
})

test('ends with retry on shutdown, and new ones are refused', async () => {
  server.services.drain()
  await reader.ended
  expect(reader.text()).toMatch(/\n\nretry: \d{4}\n\n$/)
  const refused = await bob.stream()
  expect(refused.status).toBe(503)
  refused.destroy()
})

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20))
}
