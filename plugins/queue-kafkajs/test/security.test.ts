/** TLS and sign-in, against a broker that insists on them. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { describeWithServices, type SecureKafka, startSecureKafka } from '@secure-chat/e2e/services'
import { queueKit } from '@secure-chat/plugin-sdk/testing'
import { openTestQueue } from './open-test-queue.ts'

jest.setTimeout(180_000)

const { follow, newUser, readAll, record } = queueKit

describeWithServices('a broker with TLS and SASL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-kafka-tls-'))
  const path = (name: string) => join(folder, name)
  const scram = { mechanism: 'scram-sha-512', username: 'chat', passwordFile: path('password') }
  const tls = { ca: path('ca.pem') }
  const withClient = { ...tls, cert: path('client.pem'), key: path('client.key') }
  let broker: SecureKafka

  beforeAll(async () => {
    broker = await startSecureKafka(folder)
    writeFileSync(path('password'), `${broker.password}\n`, { mode: 0o600 })
    writeFileSync(path('wrong-password'), 'hunter2hunter2', { mode: 0o600 })
  })
  afterAll(async () => {
    await broker?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function works(config: object, port = broker.ports.scram): Promise<void> {
    const queue = await openTestQueue(`localhost:${port}`, { config })
    const user = newUser()
    await queue.createMailbox(user)
    await queue.enqueue(user, record('over TLS'))
    expect(await readAll(queue, user)).toHaveLength(1)
    const follower = follow(queue, user, await queue.end(user))
    await queue.enqueue(user, record('live'))
    await follower.got(1)
    await queue.close()
  }

  test.each(['scram-sha-256', 'scram-sha-512'])('takes %s over TLS', async (mechanism) => {
    await works({ tls, sasl: { ...scram, mechanism } })
  })

  test('takes a password by the name of an environment variable', async () => {
    process.env.TEST_KAFKA_PASSWORD = broker.password
    const { passwordFile: _none, ...rest } = scram
    await works({ tls, sasl: { ...rest, passwordEnv: 'TEST_KAFKA_PASSWORD' } })
    delete process.env.TEST_KAFKA_PASSWORD
  })

  test('takes PLAIN over TLS, with a certificate of the client', async () => {
    await works({ tls: withClient, sasl: { ...scram, mechanism: 'plain' } }, broker.ports.plain)
  })

  test('takes a token out of a file, which is read again when a connection signs in', async () => {
    writeFileSync(path('token'), unsecuredToken(), { mode: 0o600 })
    const queue = await openTestQueue(`localhost:${broker.ports.token}`, {
      config: { tls, sasl: { mechanism: 'oauthbearer', tokenFile: path('token') } },
    })
    await queue.check()
    // Connections for writing are not open yet.
    writeFileSync(path('token'), `${unsecuredToken()}\n`, { mode: 0o600 })
    const user = newUser()
    await queue.enqueue(user, record('by token'))
    expect(await readAll(queue, user)).toHaveLength(1)
    await queue.close()
  })

  test('takes a mechanism of the operator, by a module', async () => {
    writeFileSync(
      path('mechanism.mjs'),
      `import { readFileSync } from 'node:fs'
       export default () => ({
         mechanism: 'plain',
         username: 'chat',
         password: readFileSync(${JSON.stringify(path('password'))}, 'utf8').trim(),
       })`,
    )
    await works({ tls: withClient, sasl: { module: path('mechanism.mjs') } }, broker.ports.plain)
    writeFileSync(
      path('own.mjs'),
      `import { readFileSync } from 'node:fs'
       const password = readFileSync(${JSON.stringify(path('password'))}, 'utf8').trim()
       // What kafkajs calls for a mechanism that it has not: here PLAIN, said in the broker's own words (RFC 4616).
       export default {
         mechanism: 'PLAIN',
         authenticationProvider: ({ saslAuthenticate }) => ({
           authenticate: () => saslAuthenticate({
             request: { encode: () => {
               const text = Buffer.from('\\0chat\\0' + password)
               const size = Buffer.alloc(4)
               size.writeInt32BE(text.length)
               return Buffer.concat([size, text])
             } },
             response: { decode: (raw) => raw, parse: () => undefined },
           }),
         }),
       }`,
    )
    await works({ tls: withClient, sasl: { module: path('own.mjs') } }, broker.ports.plain)
  })

  test.each<[string, object]>([
    ['a wrong password', { tls, sasl: { ...scram, passwordFile: path('wrong-password') } }],
    [
      'a mechanism that it has not',
      { tls, sasl: { ...scram, mechanism: 'plain', passwordFile: path('wrong-password') } },
    ],
    ['an authority that has not signed its certificate', { tls: { ca: path('other-ca.pem') } }],
  ])('%s stops the start with one sentence that holds no password', async (_what, config) => {
    const lines: string[] = []
    const write = (...args: unknown[]) => void lines.push(JSON.stringify(args))
    const log = { debug: write, info: write, warn: write, error: write }
    const opening = openTestQueue(`localhost:${broker.ports.scram}`, { config, log })
    const error = await opening.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'config_invalid' })
    const { message } = error as Error
    expect(message).toMatch(
      /^The Kafka of QUEUE_URL refuses this server, or is not who it should be/,
    )
    for (const text of [message, ...lines]) expect(text).not.toContain('hunter2hunter2')
  })
})

/** RFC 7515, section 6, with the claims that a broker looks at when nobody told it where keys are. */
function unsecuredToken(): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: 'chat', iat: now, exp: now + 3600 })}.`
}
