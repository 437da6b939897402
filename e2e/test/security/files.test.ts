import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { cliJson, runCli } from '../../setup/cli.ts'
import { cliProgram as cli, serverProgram } from '../../setup/paths.ts'
import { makePerson } from '../../setup/people.ts'
import { type Home, makeHome, removeHomes } from '../../setup/scratch.ts'
import { freePort, killServers, type Server, startServer } from '../../setup/server.ts'

jest.setTimeout(120_000)

let server: Server
let alice: Home
let bob: Home
let vault: string

beforeAll(async () => {
  server = await startServer()
  ;[alice, bob] = [await makePerson(server, 'alice'), await makePerson(server, 'bob')]
  await cliJson(alice, ['send', 'bob', 'something to keep'])
  vault = join(alice.folder, '.local/share/secure-chat/profiles/default/profile.db')
})

afterAll(() => {
  killServers()
  removeHomes()
})

/** Paths below a folder that others than the owner can do anything with. */
function openToOthers(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => !lstatSync(path).isSymbolicLink() && (statSync(path).mode & 0o077) !== 0)
}

describe('the CLI', () => {
  test('makes its folders 0700 and its files 0600, whatever the umask', async () => {
    const home = makeHome({ SECURE_CHAT_SERVER: server.url })
    const password = home.secretFile('password', 'quite a long password')
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', 'umask 000; exec "$@"', 'sh', process.execPath, cli, 'register', 'umask'],
      { env: { ...home.env, SECURE_CHAT_PASSWORD_FILE: password }, encoding: 'utf8' },
    )
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
    await cliJson(home, ['config', 'set', 'notify', 'bell'])
    expect(openToOthers(join(home.folder, '.local/share/secure-chat'))).toEqual([])
    expect(openToOthers(join(home.folder, '.config/secure-chat'))).toEqual([])
    expect(openToOthers(join(home.folder, 'run'))).toEqual([])
  })

  test.each([
    ['the profile’s folder', () => join(vault, '..'), 0o755, 0o700],
    ['the vault', () => vault, 0o644, 0o600],
    ['the vault, writable by the group', () => vault, 0o660, 0o600],
    ['the kept vault key', keptKey, 0o644, 0o600],
    ['the folder of the kept vault key', () => join(keptKey(), '..'), 0o755, 0o700],
  ])(
    'refuses %s when it is open to others, with the command that mends it',
    async (_what, path, wide, mended) => {
      chmodSync(path(), wide)
      const refused = await runCli(alice, ['chats', '--json'])
      expect(refused.code).toBe(1)
      const { error } = JSON.parse(refused.stdout)
      expect(error.code).toBe('unsafe_permissions')
      const [mend] = error.suggestions
      expect(mend).toBe(`chmod ${mended.toString(8)} ${path()}`)
      expect(spawnSync('sh', ['-c', mend]).status).toBe(0)
      expect(await runCli(alice, ['chats'])).toMatchObject({ code: 0 })
    },
  )

  test('sets a damaged vault aside with a message, byte for byte, and never overwrites it', async () => {
    const path = join(bob.folder, '.local/share/secure-chat/profiles/default/profile.db')
    const whole = readFileSync(path)
    const damaged = Buffer.from(whole)
    damaged.fill('damage', 0, 3000)
    writeFileSync(path, damaged)
    const refused = await runCli(bob, ['messages', '--json'])
    expect(refused.code).toBe(1)
    const { error } = JSON.parse(refused.stdout)
    expect(error).toMatchObject({
      code: 'file_damaged',
      message: expect.stringContaining('moved to'),
    })
    const [aside = ''] = readdirSync(join(path, '..')).filter((name) => name.includes('.damaged-'))
    expect(error.message).toContain(aside)
    expect(readFileSync(join(path, '..', aside)).equals(damaged)).toBe(true)
    // A new account may begin in its place; what was set aside stays as it was.
    expect(await runCli(bob, ['whoami'])).toMatchObject({ code: 4 })
    expect(await runCli(bob, ['register', 'bob-again'])).toMatchObject({ code: 0 })
    expect(readFileSync(join(path, '..', aside)).equals(damaged)).toBe(true)
    // A backup put back opens as before.
    renameSync(path, `${path}.new`)
    writeFileSync(path, whole, { mode: 0o600 })
    expect((await runCli(bob, ['whoami', '--json'])).stdout).toContain('"bob"')
  })

  test('refuses a password file that others can read', async () => {
    const open = alice.secretFile('open-password', 'for everybody to see')
    chmodSync(open, 0o644)
    const refused = await runCli(alice, ['login', 'alice', '--password-file', open])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`chmod 600 ${open}`) })
    expect(refused.stderr).not.toContain('for everybody')
  })

  function keptKey(): string {
    const folder = join(alice.folder, 'run/secure-chat')
    const [name = ''] = readdirSync(folder)
    return join(folder, name)
  }
})

describe('the server', () => {
  const secret = 'pX0mzq3Y9vTn2sKc7LwEhRaUdBgJfOi4t6NeVx8CyWQ'

  test('makes its data folder and everything in it for its owner alone', () => {
    expect(statSync(server.dataDir).mode & 0o077).toBe(0)
    expect(openToOthers(server.dataDir)).toEqual([])
  })

  test.each([
    ['SESSION_SECRET_FILE', {}],
    ['ADMIN_TOKEN_FILE', {}],
    ['TLS_KEY', { TLS_CERT: '/dev/null' }],
    ['SECURE_CHAT_CONFIG', {}],
  ])('does not start on a %s that every user can read', async (name, more) => {
    const home = makeHome()
    const content =
      name === 'SECURE_CHAT_CONFIG' ? JSON.stringify({ sessionSecret: secret }) : secret
    const path = home.secretFile(
      name === 'SECURE_CHAT_CONFIG' ? 'settings.json' : 'secret',
      content,
    )
    chmodSync(path, 0o644)
    const { code, stderr } = await startRefused(home, { [name]: path, ...more })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^[^\n]*every user of this machine can read[^\n]*chmod 600 [^\n]*\n$/)
    expect(stderr).not.toContain(secret)
  })

  test.each([
    ['SESSION_SECRET', 'changeme'.repeat(8), /default or an example/],
    ['SESSION_SECRET', 'A'.repeat(43), /not random/],
    ['SESSION_SECRET', secret.slice(0, 40), /at least 32 bytes/],
    ['ADMIN_TOKEN', 'short', /at least 32 characters/],
    ['ADMIN_TOKEN', `password-${'x1y2z3'.repeat(8)}`, /default or an example/],
  ])('does not start with a %s of %s', async (name, value, why) => {
    const { code, stderr } = await startRefused(makeHome(), { [name]: value })
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(why) })
    expect(stderr).not.toContain(value)
  })

  test('does not listen beyond loopback without TLS, nor show metrics there without a token', async () => {
    const open = await startRefused(makeHome(), { HOST: '0.0.0.0' })
    expect(open).toMatchObject({ code: 1, stderr: expect.stringContaining('ALLOW_PLAINTEXT_HTTP') })
    const metrics = { METRICS_PORT: '0', METRICS_HOST: '0.0.0.0' }
    expect(await startRefused(makeHome(), metrics)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ADMIN_TOKEN'),
    })
  })

  /** Fails when the server starts after all. */
  async function startRefused(home: Home, env: Record<string, string>) {
    const { status, signal, stderr } = spawnSync(process.execPath, [serverProgram, 'start'], {
      env: { ...home.env, PORT: String(await freePort()), DATA_DIR: home.folder, ...env },
      cwd: home.folder,
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(signal).toBeNull()
    return { code: status, stderr }
  }
})
