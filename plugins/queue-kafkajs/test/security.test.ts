/** TLS and sign-in, against a broker that insists on them. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import {
  describeWithServices,
  freePorts,
  type Service,
  startKafka,
} from '@secure-chat/e2e/services'
import { queueKit } from '@secure-chat/plugin-sdk/testing'
import { openTestQueue } from './open-test-queue.ts'

jest.setTimeout(180_000)

const { follow, newUser, readAll, record } = queueKit

const password = 'correct-horse-battery'

describeWithServices('a broker with TLS and SASL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-kafka-tls-'))
  let broker: Service
  let scramPort = 0
  let plainPort = 0
  let tokenPort = 0
  const file = (name: string) => readFileSync(join(folder, name), 'utf8')

  beforeAll(async () => {
    makeCertificates(folder)
    const [scram = 0, plain = 0, token = 0] = await freePorts(3)
    scramPort = scram
    plainPort = plain
    tokenPort = token
    writeFileSync(path('password'), `${password}\n`, { mode: 0o600 })
    writeFileSync(path('wrong-password'), 'hunter2hunter2', { mode: 0o600 })
    const jaas = (module: string, rest = '') =>
      `org.apache.kafka.common.security.${module} required${rest};`
    broker = await startKafka({
      folder: join(folder, 'broker'),
      formatArguments: [
        '--add-scram',
        `SCRAM-SHA-256=[name=chat,password=${password}]`,
        '--add-scram',
        `SCRAM-SHA-512=[name=chat,password=${password}]`,
      ],
      properties: {
        listeners: `PLAINTEXT://127.0.0.1:{port},SCRAM://127.0.0.1:${scram},PLAIN://127.0.0.1:${plain},TOKEN://127.0.0.1:${token},CONTROLLER://127.0.0.1:{controllerPort}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:{port},SCRAM://127.0.0.1:${scram},PLAIN://127.0.0.1:${plain},TOKEN://127.0.0.1:${token}`,
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SCRAM:SASL_SSL,PLAIN:SASL_SSL,TOKEN:SASL_SSL',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.certificate.chain': oneLine(file('broker.pem')),
        'ssl.keystore.key': oneLine(file('broker.key')),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': oneLine(file('ca.pem')),
        'listener.name.plain.ssl.client.auth': 'required',
        'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.scram.scram-sha-256.sasl.jaas.config': jaas('scram.ScramLoginModule'),
        'listener.name.scram.scram-sha-512.sasl.jaas.config': jaas('scram.ScramLoginModule'),
        'listener.name.token.sasl.enabled.mechanisms': 'OAUTHBEARER',
        'listener.name.token.oauthbearer.sasl.jaas.config': jaas(
          'oauthbearer.OAuthBearerLoginModule',
          ' unsecuredLoginStringClaim_sub="broker"',
        ),
        'listener.name.plain.sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.plain.plain.sasl.jaas.config': jaas(
          'plain.PlainLoginModule',
          ` user_chat="${password}"`,
        ),
      },
    })
  })
  afterAll(async () => {
    await broker?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const path = (name: string) => join(folder, name)
  const scram = { mechanism: 'scram-sha-512', username: 'chat', passwordFile: path('password') }
  const tls = { ca: path('ca.pem') }

  async function works(config: object, port = scramPort): Promise<void> {
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
    process.env.TEST_KAFKA_PASSWORD = password
    const { passwordFile: _none, ...rest } = scram
    await works({ tls, sasl: { ...rest, passwordEnv: 'TEST_KAFKA_PASSWORD' } })
    delete process.env.TEST_KAFKA_PASSWORD
  })

  test('takes PLAIN over TLS, with a certificate of the client', async () => {
    const withClient = { ...tls, cert: path('client.pem'), key: path('client.key') }
    await works({ tls: withClient, sasl: { ...scram, mechanism: 'plain' } }, plainPort)
  })

  test('takes a token out of a file, which is read again when a connection signs in', async () => {
    writeFileSync(path('token'), unsecuredToken(), { mode: 0o600 })
    const queue = await openTestQueue(`localhost:${tokenPort}`, {
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
    const withClient = { ...tls, cert: path('client.pem'), key: path('client.key') }
    await works({ tls: withClient, sasl: { module: path('mechanism.mjs') } }, plainPort)
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
    await works({ tls: withClient, sasl: { module: path('own.mjs') } }, plainPort)
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
    const opening = openTestQueue(`localhost:${scramPort}`, { config, log })
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

/** A key store of Kafka takes PEM inline, its lines escaped as in any properties file. */
function oneLine(pem: string): string {
  return pem.trim().replaceAll('\n', '\\n')
}

function makeCertificates(folder: string): void {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const authority = (name: string) =>
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
    )
  authority('ca')
  authority('other-ca')
  for (const name of ['broker', 'client']) {
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-CA', 'ca.pem'],
      ...['-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
    )
  }
}
