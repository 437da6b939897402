/** TLS and sign-in, against a broker that insists on them. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { describeWithServices, type SecureKafka, startSecureKafka } from '@secure-chat/e2e/services'
import type { KafkaAccess } from '../../../src/drivers/kafka/index.ts'
import { type Log, silentLog } from '../../../src/ports/index.ts'
import { codeOf, newUser, readAll, record } from '../queue-rules/kit.ts'
import { openTestQueue } from './open-test-queue.ts'

jest.setTimeout(180_000)

describeWithServices('a broker with TLS and SASL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-kafka-tls-'))
  let broker: SecureKafka
  const file = (name: Parameters<SecureKafka['pathOf']>[0]) =>
    readFileSync(broker.pathOf(name), 'utf8')
  const account = () => ({ username: broker.username, password: broker.password })

  beforeAll(async () => {
    broker = await startSecureKafka(folder)
  })
  afterAll(async () => {
    await broker?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const access = (more: Partial<KafkaAccess>, port = broker.ports.scram): KafkaAccess => ({
    brokers: [{ host: 'localhost', port }],
    tls: { ca: file('ca.pem') },
    sasl: { mechanism: 'SCRAM-SHA-512', ...account() },
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
    await works(access({ sasl: { mechanism, ...account() } }))
  })

  test('takes PLAIN over TLS, with a certificate of the client', async () => {
    const tls = { ca: file('ca.pem'), cert: file('client.pem'), key: file('client.key') }
    await works(access({ tls, sasl: { mechanism: 'PLAIN', ...account() } }, broker.ports.plain))
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
