/** TLS and sign-in, against a broker that insists on them. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import {
  describeWithServices,
  freePorts,
  type Service,
  startKafka,
} from '@secure-chat/e2e/services'
import type { KafkaAccess } from '../../../src/drivers/kafka/index.ts'
import { type Log, silentLog } from '../../../src/ports/index.ts'
import { codeOf, newUser, readAll, record } from '../queue-rules/kit.ts'
import { openTestQueue } from './open-test-queue.ts'

jest.setTimeout(180_000)

const password = 'correct-horse-battery'

describeWithServices('a broker with TLS and SASL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-kafka-tls-'))
  let broker: Service
  let scramPort = 0
  let plainPort = 0
  const file = (name: string) => readFileSync(join(folder, name), 'utf8')

  beforeAll(async () => {
    makeCertificates(folder)
    const [scram = 0, plain = 0] = await freePorts(2)
    scramPort = scram
    plainPort = plain
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
        listeners: `PLAINTEXT://127.0.0.1:{port},SCRAM://127.0.0.1:${scram},PLAIN://127.0.0.1:${plain},CONTROLLER://127.0.0.1:{controllerPort}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:{port},SCRAM://127.0.0.1:${scram},PLAIN://127.0.0.1:${plain}`,
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SCRAM:SASL_SSL,PLAIN:SASL_SSL',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.certificate.chain': oneLine(file('broker.pem')),
        'ssl.keystore.key': oneLine(file('broker.key')),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': oneLine(file('ca.pem')),
        'listener.name.plain.ssl.client.auth': 'required',
        'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.scram.scram-sha-256.sasl.jaas.config': jaas('scram.ScramLoginModule'),
        'listener.name.scram.scram-sha-512.sasl.jaas.config': jaas('scram.ScramLoginModule'),
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

  const access = (more: Partial<KafkaAccess>, port = scramPort): KafkaAccess => ({
    brokers: [{ host: 'localhost', port }],
    tls: { ca: file('ca.pem') },
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'chat', password },
    ...more,
  })

  async function works(how: KafkaAccess): Promise<void> {
    const queue = await openTestQueue(0, { access: how })
    const user = newUser()
    await queue.createMailbox(user)
    await queue.enqueue(user, record('over TLS'))
    expect(await readAll(queue, user)).toHaveLength(1)
    await queue.close()
  }

  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('takes %s over TLS', async (mechanism) => {
    await works(access({ sasl: { mechanism, username: 'chat', password } }))
  })

  test('takes PLAIN over TLS, with a certificate of the client', async () => {
    const tls = { ca: file('ca.pem'), cert: file('client.pem'), key: file('client.key') }
    await works(
      access({ tls, sasl: { mechanism: 'PLAIN', username: 'chat', password } }, plainPort),
    )
  })

  test.each<[string, () => Partial<KafkaAccess>]>([
    [
      'a wrong password',
      () => ({
        sasl: { mechanism: 'SCRAM-SHA-512', username: 'chat', password: 'hunter2hunter2' },
      }),
    ],
    [
      'a mechanism that it has not',
      () => ({ sasl: { mechanism: 'PLAIN', username: 'chat', password: 'hunter2hunter2' } }),
    ],
    [
      'an authority that has not signed its certificate',
      () => ({ tls: { ca: file('other-ca.pem') } }),
    ],
  ])('%s stops the start with one sentence that holds no password', async (_what, more) => {
    const lines: string[] = []
    const write = (...args: unknown[]) => void lines.push(JSON.stringify(args))
    const log: Log = { debug: write, info: write, warn: write, error: write }
    const opening = openTestQueue(0, { access: access(more()), log })
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

  test('a client that speaks no TLS is told so at the start', async () => {
    const { brokers, sasl } = access({})
    const opening = openTestQueue(0, { access: { brokers, ...(sasl && { sasl }) }, log: silentLog })
    expect(await codeOf(opening)).toBe('config_invalid')
  })
})

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
