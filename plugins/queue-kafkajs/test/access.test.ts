import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accessOf } from '../src/access.ts'
import { kafkajsConfig } from '../src/config.ts'
import { silentLog } from './open-test-queue.ts'

const folder = mkdtempSync(join(tmpdir(), 'secure-chat-kafkajs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

const access = (url: string, config: object = {}, env: Record<string, string> = {}) =>
  accessOf(new URL(url), kafkajsConfig.parse(config), { log: silentLog, env })

test('one broker is in the URL, further ones in the config, each once and with a port', async () => {
  expect((await access('kafkajs://one')).brokers).toEqual(['one:9092'])
  const more = { brokers: ['two', 'one:9092', '[::1]', '[::1]:9093'] }
  expect((await access('kafkajs://one:9092', more)).brokers).toEqual([
    'one:9092',
    'two:9092',
    '[::1]:9092',
    '[::1]:9093',
  ])
})

test('without a word about it there is no TLS and no sign-in; with one, nothing older than TLS 1.2', async () => {
  expect(await access('kafkajs://one')).toMatchObject({ ssl: false })
  expect(await access('kafkajs://one')).not.toHaveProperty('sasl')
  expect(await access('kafkajs://one', { tls: true })).toMatchObject({
    ssl: { minVersion: 'TLSv1.2' },
  })
  const ca = file('ca.pem', 'an authority', 0o644)
  expect(await access('kafkajs://one', { tls: { ca } })).toMatchObject({
    ssl: { ca: 'an authority' },
  })
})

test('a password comes out of a file or an environment variable, and a token is read anew each time', async () => {
  const account = { mechanism: 'scram-sha-256', username: 'chat' }
  const passwordFile = file('password', 'from a file\n')
  expect(await access('kafkajs://one', { sasl: { ...account, passwordFile } })).toMatchObject({
    sasl: { ...account, password: 'from a file' },
  })
  const byName = { sasl: { ...account, passwordEnv: 'NAME' } }
  expect(await access('kafkajs://one', byName, { NAME: 'from there' })).toMatchObject({
    sasl: { ...account, password: 'from there' },
  })
  const tokenFile = file('token', 'first')
  const { sasl } = await access('kafkajs://one', { sasl: { mechanism: 'oauthbearer', tokenFile } })
  if (sasl === undefined || !('oauthBearerProvider' in sasl)) throw new Error('no provider')
  expect(await sasl.oauthBearerProvider()).toEqual({ value: 'first' })
  file('token', 'second\n')
  expect(await sasl.oauthBearerProvider()).toEqual({ value: 'second' })
})

const account = { mechanism: 'scram-sha-512', username: 'chat' }

test.each<[string, string, () => object]>([
  ['kafkajs://me:canary@one', 'a user and a password', () => ({})],
  ['kafkajs://me@one', 'a user and a password', () => ({})],
  ['kafkajs://one?tls=1', 'one broker and nothing else', () => ({})],
  ['kafkajs://one/topic', 'one broker and nothing else', () => ({})],
  ['kafkajs://', 'no broker', () => ({})],
  [
    'kafkajs://one',
    'every user of this machine can read',
    () => ({ sasl: { ...account, passwordFile: file('open', 'canary', 0o644) } }),
  ],
  [
    'kafkajs://one',
    'cannot be read',
    () => ({ sasl: { ...account, passwordFile: join(folder, 'nowhere') } }),
  ],
  ['kafkajs://one', 'no password', () => ({ sasl: { ...account, passwordEnv: 'NOWHERE' } })],
  [
    'kafkajs://one',
    'no password',
    () => ({ sasl: { ...account, passwordFile: file('none', '\n') } }),
  ],
  [
    'kafkajs://one',
    'sends the password readable',
    () => ({ sasl: { ...account, mechanism: 'plain', passwordFile: file('plain', 'canary') } }),
  ],
  [
    'kafkajs://127.0.0.1',
    'sends the password readable',
    () => ({
      brokers: ['elsewhere'],
      sasl: { ...account, mechanism: 'plain', passwordFile: file('plain', 'canary') },
    }),
  ],
  [
    'kafkajs://one',
    'cannot be used (its default export has no mechanism)',
    () => ({ sasl: { module: file('none.mjs', 'export default { username: "canary" }') } }),
  ],
  ['kafkajs://one', 'cannot be used', () => ({ sasl: { module: join(folder, 'nowhere.mjs') } })],
])('%s is refused, %s, without what is secret', async (url, what, config) => {
  const error: unknown = await access(url, config()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ code: 'config_invalid' })
  const { message } = error as Error
  expect(message).toContain(what)
  expect(message).not.toContain('canary')
})

test.each([
  { brokers: ['one, two'] },
  { brokers: ['kafka://one'] },
  { tls: { cert: 'a' } },
  { tls: 'yes' },
  { sasl: account },
  { sasl: { ...account, passwordFile: 'a', passwordEnv: 'B' } },
  { sasl: { ...account, password: 'in the file' } },
  { sasl: { mechanism: 'gssapi', username: 'a', passwordEnv: 'B' } },
  { replicationFactor: 0 },
  { retentionDays: 0 },
  { retentionBytes: 1000 },
  { topicConfig: { 'retention.ms': 1 } },
  { broker: 'one' },
])('a config that it does not understand is refused: %j', (config) => {
  expect(kafkajsConfig.safeParse(config).success).toBe(false)
})
