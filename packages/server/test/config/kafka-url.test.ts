import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { isChatError } from '@secure-chat/protocol'
import { loadConfig } from '../../src/config.ts'

const dir = mkdtempSync(join(tmpdir(), 'secure-chat-kafka-url-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
for (const name of ['ca.pem', 'cert.pem', 'key.pem', 'password']) {
  writeFileSync(join(dir, name), `${name}\n`, { mode: 0o600 })
}

async function kafkaOf(env: Record<string, string>) {
  return (await loadConfig(env, dir)).kafka
}

async function problemOf(env: Record<string, string>): Promise<string> {
  try {
    await loadConfig(env, dir)
  } catch (error) {
    if (isChatError(error, 'config_invalid')) return error.message
    throw error
  }
  return ''
}

test('names brokers, with 9092 where no port is', async () => {
  const kafka = await kafkaOf({ QUEUE_URL: 'kafka://one:19092,two.example.org,[::1]:9093' })
  expect(kafka?.access).toEqual({
    brokers: [
      { host: 'one', port: 19092 },
      { host: 'two.example.org', port: 9092 },
      { host: '::1', port: 9093 },
    ],
  })
  expect((await loadConfig({}, dir)).kafka).toBeUndefined()
})

test('takes user and password from the URL, decoded, or from settings and files', async () => {
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'me@home', password: 'p:w/1' }
  const inUrl = await kafkaOf({ QUEUE_URL: 'kafka://me%40home:p%3Aw%2F1@one' })
  expect(inUrl?.access.sasl).toEqual(sasl)
  const beside = { KAFKA_USERNAME: 'me@home', KAFKA_PASSWORD: 'p:w/1' }
  const fromSettings = await kafkaOf({ QUEUE_URL: 'kafka://one?sasl=scram-sha-256', ...beside })
  expect(fromSettings?.access.sasl).toEqual({ ...sasl, mechanism: 'SCRAM-SHA-256' })
  const fromFile = await kafkaOf({
    QUEUE_URL: 'kafka://one?sasl=plain&tls=1',
    KAFKA_USERNAME: 'me',
    KAFKA_PASSWORD_FILE: join(dir, 'password'),
  })
  expect(fromFile?.access).toEqual({
    brokers: [{ host: 'one', port: 9092 }],
    tls: {},
    sasl: { mechanism: 'PLAIN', username: 'me', password: 'password' },
  })
})

test('takes the files of TLS from the URL or from settings', async () => {
  const tls = { ca: 'ca.pem\n', cert: 'cert.pem\n', key: 'key.pem\n' }
  const inUrl = 'kafka://one?ca=ca.pem&cert=cert.pem&key=key.pem'
  expect((await kafkaOf({ QUEUE_URL: inUrl }))?.access.tls).toEqual(tls)
  const files = { KAFKA_CA: 'ca.pem', KAFKA_CERT: 'cert.pem', KAFKA_KEY: 'key.pem' }
  expect((await kafkaOf({ QUEUE_URL: 'kafka://one', ...files }))?.access.tls).toEqual(tls)
})

test('passes retention, copies and settings of topics on', async () => {
  const kafka = await kafkaOf({
    QUEUE_URL: 'kafka://one',
    RETENTION_DAYS: '2',
    RETENTION_BYTES: '64M',
    KAFKA_REPLICATION_FACTOR: '3',
    KAFKA_TOPIC_CONFIG: 'min.insync.replicas=2,leader.replication.throttled.replicas=0:1,1:2',
  })
  expect(kafka?.topics).toEqual({
    retentionMs: 2 * 24 * 3600 * 1000,
    retentionBytes: 64 * 1024 * 1024,
    replicationFactor: 3,
    config: { 'min.insync.replicas': '2', 'leader.replication.throttled.replicas': '0:1,1:2' },
  })
})

test.each<[string, RegExp, Record<string, string>?]>([
  ['kafka://', /^QUEUE_URL must name brokers/],
  ['kafka://one/topic', /^QUEUE_URL must name brokers/],
  ['kafka://one:hunter2', /^QUEUE_URL names a broker that is not host:port/],
  ['kafka://one:99999', /^QUEUE_URL names a broker/],
  ['kafka://one?ssl=1', /^QUEUE_URL has an option that is none of tls, sasl/],
  ['kafka://one?tls=1&tls=1', /more than once/],
  ['kafka://one?tls=maybe', /neither 1 nor 0/],
  ['kafka://me:hunter2@one?sasl=gssapi', /none of plain, scram-sha-256, scram-sha-512/],
  ['kafka://me:hunter2@one?sasl=plain', /sends the password readable/],
  ['kafka://me@one', /password is missing/],
  ['kafka://one?sasl=plain', /password is missing/],
  ['kafka://me:hunter2%@one', /write %25/],
  ['kafka://me:hunter2@one', /Keep one of them/, { KAFKA_USERNAME: 'me' }],
  ['kafka://one?ca=none.pem', /The option ca of QUEUE_URL names .* cannot be read \(ENOENT\)/],
  ['kafka://one', /KAFKA_CA names .* cannot be read/, { KAFKA_CA: 'none.pem' }],
  ['kafka://one?ca=ca.pem', /Keep one of them/, { KAFKA_CA: 'ca.pem' }],
  ['kafka://one', /needs both/, { KAFKA_CERT: 'cert.pem' }],
  ['kafka://one?tls=0', /says tls=0/, { KAFKA_CA: 'ca.pem' }],
  ['kafka://one', /KAFKA_TOPIC_CONFIG .* list of name=value/, { KAFKA_TOPIC_CONFIG: 'retention' }],
  ['kafka://one', /compaction/, { KAFKA_TOPIC_CONFIG: 'cleanup.policy=compact,delete' }],
  ['kafka://one', /KAFKA_REPLICATION_FACTOR .* whole number/, { KAFKA_REPLICATION_FACTOR: '0' }],
])('%s stops the start with its problem and an example', async (url, expected, more = {}) => {
  const problem = await problemOf({ QUEUE_URL: url, ...more })
  expect(problem).toMatch(expected)
  expect(problem).toContain('Example: ')
  expect(problem).not.toContain('hunter2')
})

test('lets a password travel readable only to this machine', async () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    const QUEUE_URL = `kafka://me:secret@${host}?sasl=plain`
    expect((await kafkaOf({ QUEUE_URL }))?.access.sasl?.mechanism).toBe('PLAIN')
  }
})

test('refuses a key that every user of the machine can read', async () => {
  chmodSync(join(dir, 'key.pem'), 0o644)
  const files = { KAFKA_CERT: 'cert.pem', KAFKA_KEY: 'key.pem' }
  expect(await problemOf({ QUEUE_URL: 'kafka://one', ...files })).toMatch(
    /KAFKA_KEY names .* every user .* chmod 600/,
  )
})
