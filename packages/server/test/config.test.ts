import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { isChatError } from '@secure-chat/protocol'
import { openSessionSecret } from '../src/config/session-secret.ts'
import { settingsTable } from '../src/config/settings.ts'
import { loadConfig } from '../src/config.ts'

const empty = mkdtempSync(join(tmpdir(), 'secure-chat-config-'))
afterAll(() => rmSync(empty, { recursive: true, force: true }))

const secret = randomBytes(32).toString('base64url')

async function problemOf(env: Record<string, string>, cwd = empty): Promise<string> {
  try {
    await loadConfig(env, cwd)
  } catch (error) {
    if (isChatError(error, 'config_invalid')) return error.message
    throw error
  }
  return ''
}

function folderWith(files: Record<string, string>, mode = 0o600): string {
  const dir = mkdtempSync(join(empty, 'case-'))
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(dir, name), text)
    chmodSync(join(dir, name), mode)
  }
  return dir
}

test('needs no setting at all', async () => {
  expect(await loadConfig({}, empty)).toMatchObject({
    host: '127.0.0.1',
    port: 8000,
    dataDir: join(empty, 'data'),
    retentionDays: 30,
    retentionBytes: 2 ** 30,
    registration: 'open',
    rateLimit: 'on',
    metricsPort: undefined,
    tls: undefined,
    sessionSecrets: undefined,
  })
})

test.each([
  ['PORT', '70000'],
  ['PORT', 'http'],
  ['PORT', '80.5'],
  ['HOST', 'not a host'],
  ['RETENTION_DAYS', '0'],
  ['RETENTION_BYTES', '12'],
  ['RETENTION_BYTES', 'lots'],
  ['REGISTRATION', 'yes'],
  ['RATE_LIMIT', '5'],
  ['LOG_LEVEL', 'loud'],
  ['QUEUE_LAYOUT', 'rows'],
  ['PUBLIC_URL', 'chat.example.org'],
  ['TRUST_PROXY', 'true'],
  ['TRUST_PROXY', '10.0.0.0/8, everyone'],
  ['METRICS_PORT', '-1'],
  ['ALLOW_PLAINTEXT_HTTP', 'maybe'],
  ['LIMIT_SIGN_IN_FAILURES', '0'],
])('a wrong %s=%s stops with its name, the value and an example', async (name, value) => {
  const problem = await problemOf({ [name]: value })
  expect(problem).toContain(`${name} is ${JSON.stringify(value)}: must`)
  expect(problem).toContain(`Example: ${name}=`)
})

test('does not repeat the value of a setting that may hold a secret', async () => {
  const problem = await problemOf({ DATABASE_URL: 'me:hunter2@localhost' })
  expect(problem).toMatch(/^DATABASE_URL must be a URL .* Example: DATABASE_URL=/)
  expect(problem).not.toContain('hunter2')
})

test('names every wrong setting at once', async () => {
  const problem = await problemOf({ PORT: 'x', LOG_LEVEL: 'y', REGISTRATION: 'z' })
  expect(problem.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'PORT',
    'REGISTRATION',
    'LOG_LEVEL',
  ])
})

test('every example is a value that the setting takes', () => {
  for (const { name, example, schema } of Object.values(settingsTable)) {
    if (example.startsWith('$(')) continue
    expect([name, schema.safeParse(example).success]).toEqual([name, true])
  }
})

test.each([
  ['short', randomBytes(31).toString('base64url')],
  ['not base64url', 'correct horse battery staple, correct horse battery staple'],
  ['one letter over and over', 'A'.repeat(64)],
  ['a placeholder', 'change-me-change-me-change-me-change-me-change-me'],
  ['a good one and a short one', `${secret},c2hvcnQ`],
])('refuses a SESSION_SECRET that is %s, without repeating it', async (_what, value) => {
  const problem = await problemOf({ SESSION_SECRET: value })
  expect(problem).toMatch(/^SESSION_SECRET /)
  expect(problem).not.toContain(value)
})

test('takes several session secrets, the first for new sessions', async () => {
  const older = randomBytes(48).toString('base64url')
  const { sessionSecrets } = await loadConfig({ SESSION_SECRET: `${secret},${older}` }, empty)
  expect(sessionSecrets?.map((one) => one.toString('base64url'))).toEqual([secret, older])
})

test('refuses an ADMIN_TOKEN that is short or looks like an example', async () => {
  expect(await problemOf({ ADMIN_TOKEN: 'x'.repeat(31) })).toMatch(
    /ADMIN_TOKEN must be at least 32/,
  )
  expect(await problemOf({ ADMIN_TOKEN: 'admin-password-admin-password-admin' })).toMatch(
    /looks like a default/,
  )
})

test('reads a secret from NAME_FILE, and refuses one that others can read', async () => {
  const dir = folderWith({ secret: `${secret}\n` })
  const env = { SESSION_SECRET_FILE: join(dir, 'secret') }
  expect((await loadConfig(env, empty)).sessionSecrets?.[0]?.toString('base64url')).toBe(secret)
  expect(await problemOf({ ...env, SESSION_SECRET: secret })).toMatch(/both set/)
  chmodSync(join(dir, 'secret'), 0o604)
  expect(await problemOf(env)).toMatch(/SESSION_SECRET_FILE names .* every user .* chmod 600/)
  expect(await problemOf({ ADMIN_TOKEN_FILE: join(dir, 'none') })).toMatch(
    /cannot be read \(ENOENT\)/,
  )
})

test.each([
  ['secure-chat.config.json', '{"port": 9001, "registration": "closed", "rateLimit": "off"}'],
  [
    'secure-chat.config.js',
    'export default { port: 9001, registration: "closed", rateLimit: "off" }',
  ],
  [
    'secure-chat.config.ts',
    'const port: number = 9001\nexport default { port, registration: "closed", rateLimit: "off" }',
  ],
])('reads %s of the working folder; the environment wins', async (name, text) => {
  // Its kind of module is told by the nearest manifest, as anywhere in Node.
  const dir = folderWith({ [name]: text, 'package.json': '{"type":"module"}' }, 0o644)
  expect(await loadConfig({ PORT: '9002' }, dir)).toMatchObject({
    port: 9002,
    registration: 'closed',
    rateLimit: 'off',
  })
})

test('reads the file that SECURE_CHAT_CONFIG names', async () => {
  const dir = folderWith({ 'other.json': '{"port": 9003}' })
  expect((await loadConfig({ SECURE_CHAT_CONFIG: join(dir, 'other.json') }, empty)).port).toBe(9003)
  expect(await problemOf({ SECURE_CHAT_CONFIG: join(dir, 'none.json') })).toMatch(
    /could not be loaded/,
  )
})

test('refuses an unknown key, a value of a wrong kind, and a readable file with a secret', async () => {
  const load = (text: string, mode?: number) =>
    problemOf({}, folderWith({ 'secure-chat.config.json': text }, mode))
  expect(await load('{"prot": 1}')).toMatch(/sets "prot", which is no setting/)
  expect(await load('{"port": {}}')).toMatch(/port in .* must be a whole number/)
  expect(await load('[]')).toMatch(/one object/)
  expect(await load('{"port"')).toMatch(/could not be loaded/)
  expect(await load(JSON.stringify({ sessionSecret: secret }), 0o644)).toMatch(
    /every user of this machine/,
  )
  expect(await load(JSON.stringify({ sessionSecret: secret }), 0o600)).toBe('')
})

test('listens beyond loopback only with TLS or an explicit word', async () => {
  for (const HOST of ['0.0.0.0', '::', '192.168.1.5', 'chat.example.org']) {
    expect(await problemOf({ HOST })).toMatch(/ALLOW_PLAINTEXT_HTTP=1/)
    expect(await problemOf({ HOST, ALLOW_PLAINTEXT_HTTP: '1' })).toBe('')
  }
  for (const HOST of ['127.0.0.1', '127.9.9.9', '::1', 'localhost'])
    expect(await problemOf({ HOST })).toBe('')
})

test('wants both halves of TLS, and the key closed to others', async () => {
  const dir = folderWith({ 'cert.pem': 'cert', 'key.pem': 'key' })
  const both = { HOST: '0.0.0.0', TLS_CERT: join(dir, 'cert.pem'), TLS_KEY: join(dir, 'key.pem') }
  expect(await problemOf({ TLS_CERT: both.TLS_CERT })).toMatch(/TLS_CERT is set without TLS_KEY/)
  expect((await loadConfig(both, empty)).tls).toEqual({ cert: 'cert', key: 'key' })
  chmodSync(both.TLS_KEY, 0o644)
  expect(await problemOf(both)).toMatch(/TLS_KEY names .* every user/)
})

test('shows metrics beyond loopback only behind the admin token', async () => {
  const env = { METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' }
  expect(await problemOf(env)).toMatch(/ADMIN_TOKEN/)
  expect(await problemOf({ ...env, ADMIN_TOKEN: randomBytes(32).toString('base64url') })).toBe('')
})

test('makes the session secret once, 0600 in a folder of its own, and finds it again', () => {
  const dir = join(empty, 'made', 'here')
  const [made] = openSessionSecret(dir)
  expect(made).toHaveLength(32)
  expect(openSessionSecret(dir)).toEqual([made])
  const path = join(dir, 'session-secret')
  expect([statSync(path).mode & 0o777, statSync(dir).mode & 0o777]).toEqual([0o600, 0o700])
  chmodSync(path, 0o644)
  expect(() => openSessionSecret(dir)).toThrow(/every user of this machine/)
  chmodSync(path, 0o600)
  writeFileSync(path, 'short')
  expect(() => openSessionSecret(dir)).toThrow(/does not hold a session secret/)
})
