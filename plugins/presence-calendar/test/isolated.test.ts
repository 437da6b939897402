import { generateKeyPairSync } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { defineServerPlugin, type ServerContext } from '@secure-chat/plugin-sdk/server'
import { startTestServer, type TestServer } from '@secure-chat/server/testing'
import { type CalendarServer, startCalendarServer } from './calendar-server.ts'
import { calendar, event } from './reading/calendars.ts'

// A thread that loads the built plugin, and starts one for calendars itself; in real time.
jest.setTimeout(60_000)

let calendars: CalendarServer
let server: TestServer
beforeEach(async () => {
  calendars = await startCalendarServer()
})
afterEach(async () => {
  await server.close()
  await calendars.close()
})

/** Looks at users without an account. */
let users: ServerContext['users']
const looker = defineServerPlugin({
  name: 'looker',
  apiVersion: 1,
  capabilities: ['onSignedIn'],
  create(ctx) {
    users = ctx.users
    return { onSignedIn() {} }
  },
})

async function register(name: string): Promise<void> {
  const { publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const response = await fetch(`${server.url}/chat/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: 'plain sailing weather', 'pub-key': publicKey }),
  })
  expect(response.status).toBe(201)
}

test('works the same in a thread of its own, from the built package', async () => {
  const stamp = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
  const now = Date.now()
  calendars.answer = (_request, response) =>
    response.end(
      calendar(event(`DTSTART:${stamp(now - 3_600_000)}`, `DTEND:${stamp(now + 3_600_000)}`)),
    )
  server = await startTestServer({
    plugins: [
      { plugin: looker },
      {
        use: fileURLToPath(new URL('..', import.meta.url)),
        grant: ['presence'],
        isolate: true,
        config: { users: { bob: [{ url: calendars.url }] } },
      },
    ],
  })
  expect(server.plugins.list()[1]).toMatchObject({ name: 'presence-calendar', isolated: true })
  await register('bob')
  for (;;) {
    const { bob } = await users.presence(['bob'])
    if (bob?.state === 'busy') return expect(bob.text).toBe('In a meeting')
    await new Promise((resolve) => setImmediate(resolve))
  }
})
