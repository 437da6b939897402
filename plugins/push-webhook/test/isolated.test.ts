import { generateKeyPairSync } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { defineServerPlugin, type ServerContext } from '@secure-chat/plugin-sdk/server'
import { startTestServer, type TestServer } from '@secure-chat/server/testing'
import { type Receiver, startReceiver } from './receiver.ts'
import { newSecret } from './support.ts'

// A thread that loads the built plugin, in real time.
jest.setTimeout(60_000)

let receiver: Receiver
let server: TestServer
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(async () => {
  await server.close()
  await receiver.close()
})

/** Writes records without an account. */
let knock: ServerContext['send']
const knocker = defineServerPlugin({
  name: 'knocker',
  apiVersion: 1,
  capabilities: ['onSignedIn'],
  declares: ['x-knock'],
  create({ send }) {
    knock = send
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

test('works the same in a thread of its own', async () => {
  server = await startTestServer({
    plugins: [
      { plugin: knocker },
      {
        use: fileURLToPath(new URL('..', import.meta.url)),
        grant: ['onEnvelopeStored'],
        isolate: true,
        config: { url: receiver.url, secrets: [newSecret()], types: ['x-knock'] },
      },
    ],
  })
  const [, pushWebhook] = server.plugins.list()
  expect(pushWebhook).toMatchObject({ name: 'push-webhook', isolated: true })
  await register('bob')
  const { id } = await knock({ to: 'bob', type: 'x-knock', message: 'knock knock' })
  const { body } = await receiver.request(1)
  expect(JSON.parse(body).data).toMatchObject({
    recipient: 'bob',
    newest: { id, type: 'x-knock', sender: 'system' },
  })
})
