import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { runCli } from '../../setup/cli.ts'
import { type Home, makeHome, removeHomes } from '../../setup/scratch.ts'
import { linesWithSecrets } from '../../setup/secret-patterns.ts'
import { freePort, killServers, type Server, startServer } from '../../setup/server.ts'
import { openCliTerminal } from '../../setup/terminal.ts'
import { canWatchProcesses, watchProcesses } from './support/processes.ts'
import { profileSecrets } from './support/profile-secrets.ts'
import { filesUnder, findSecrets, type Secret, secretText } from './support/secrets.ts'

jest.setTimeout(180_000)

afterAll(() => {
  killServers()
  removeHomes()
})

const names = ['alice', 'bob'] as const
type Name = (typeof names)[number]

let server: Server
let metrics: string
let secrets: readonly Secret[]
let seen: { place: string; bytes: Buffer }[]
let written: string
const homes = new Map<Name, Home>()

const canary = `canary ${randomBytes(12).toString('hex')} ünlösbar`
const typed = `typed ${randomBytes(12).toString('hex')}`
const passwords = { alice: randomBytes(12).toString('hex'), bob: randomBytes(12).toString('hex') }
const newPassword = `changed ${randomBytes(12).toString('hex')}`
const passphrase = `export ${randomBytes(12).toString('hex')}`

/** A whole life of two accounts: everything that handles a secret is done once. */
beforeAll(async () => {
  const metricsPort = await freePort()
  server = await startServer({ LOG_LEVEL: 'trace', METRICS_PORT: String(metricsPort) })
  const watches = []
  for (const name of names) {
    const home = makeHome({ SECURE_CHAT_SERVER: server.url, DEBUG: '*' })
    homes.set(name, home)
    if (canWatchProcesses) watches.push(watchProcesses(home))
  }
  written = ''
  const run = async (name: Name, args: readonly string[], input = '') => {
    const result = await runCli(homeOf(name), args, { input })
    written += result.stderr
    if (result.code !== 0) throw new Error(`${args.join(' ')}: ${result.stderr}${result.stdout}`)
    return result.stdout
  }
  for (const name of names) await run(name, ['register', name, '--password-stdin'], passwords[name])
  await run('alice', ['send', 'bob', '-'], canary)
  await run('bob', ['send', 'alice', '-'], canary)
  for (const name of names) expect(await run(name, ['messages'])).toContain(canary)
  await talkLive()
  const exported = homeOf('alice').secretFile('secret-passphrase', passphrase)
  await run('alice', ['keys', 'export', '--out', 'alice.p12', '--passphrase-file', exported])
  const next = homeOf('alice').secretFile('secret-password', newPassword)
  const change = ['account', 'password', '--password-stdin', '--new-password-file', next]
  await run('alice', change, passwords.alice)
  // A wrong password and a lost session leave lines in the log of their own.
  await runCli(homeOf('bob'), ['login', 'bob', '--password-stdin'], { input: 'a wrong password' })
  secrets = [
    secretText('text', canary),
    secretText('typed text', typed),
    secretText('password of alice', passwords.alice),
    secretText('password of bob', passwords.bob),
    secretText('new password', newPassword),
    ...(await profileSecrets('alice', homeOf('alice'))),
    ...(await profileSecrets('bob', homeOf('bob'))),
  ]
  metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  seen = watches.flatMap((watch) => watch.stop())
  await server.stop()
})

async function talkLive(): Promise<void> {
  const chats = [
    openCliTerminal(homeOf('alice'), ['chat', 'bob']),
    openCliTerminal(homeOf('bob'), ['chat', 'alice']),
  ] as const
  for (const chat of chats) await chat.until(/\[(new|pinned|verified)\]/)
  chats[0].type(`${typed}\r`)
  await chats[1].until(typed)
  for (const chat of chats) chat.type('/quit\r')
  await Promise.all(chats.map(({ exited }) => exited))
}

function homeOf(name: Name): Home {
  const home = homes.get(name)
  if (home === undefined) throw new Error(`no home of ${name}`)
  return home
}

test('no secret is in the data folder of the server', () => {
  expect(findSecrets(secrets, filesUnder(server.dataDir))).toEqual([])
})

test('no secret is in the log of the server at LOG_LEVEL=trace', () => {
  const log = server.log()
  expect(log).toContain('server.started')
  expect(findSecrets(secrets, [{ place: 'log', bytes: Buffer.from(log) }])).toEqual([])
})

test('nothing in the log has the form of a key, a token or a password', () => {
  expect(linesWithSecrets(server.log())).toEqual([])
})

test('no secret and no user name is in the metrics', () => {
  expect(metrics).toContain('secure_chat_http_requests_total')
  const nameSecrets = names.map((name) => secretText(`name ${name}`, name))
  const places = [{ place: 'metrics', bytes: Buffer.from(metrics) }]
  expect(findSecrets([...secrets, ...nameSecrets], places)).toEqual([])
})

test("no secret is in the CLI's files outside the runtime folder", () => {
  const places = names.flatMap((name) => {
    const { folder } = homeOf(name)
    // What the test itself put there for `--…-file` is not the CLI's.
    const given = [join(folder, 'run/'), join(folder, 'secret-')]
    return filesUnder(folder, (path) => given.some((start) => path.startsWith(start)))
  })
  expect(places.filter(({ place }) => place.endsWith('profile.db'))).toHaveLength(names.length)
  expect(findSecrets(secrets, places)).toEqual([])
})

test("no secret is in the CLI's diagnostics, with every debug channel on", () => {
  expect(findSecrets(secrets, [{ place: 'stderr', bytes: Buffer.from(written) }])).toEqual([])
})

const perhaps = canWatchProcesses ? test : test.skip
perhaps('no secret is in the arguments or the environment of any process', () => {
  expect(seen.filter(({ place }) => place.startsWith('cmdline')).length).toBeGreaterThan(5)
  const readable = [...secrets, secretText('passphrase', passphrase)]
  expect(findSecrets(readable, seen)).toEqual([])
})

test('the search finds a secret in every spelling it looks for', () => {
  const secret = secretText('canary', canary)
  const spelt = [
    Buffer.from(`..${canary}..`),
    Buffer.from(Buffer.from(`x${canary}y`).toString('base64')),
    Buffer.from(Buffer.from(`xy${canary}yz`).toString('base64url')),
    Buffer.from(Buffer.from(canary).toString('hex')),
    Buffer.from(canary, 'utf16le'),
  ]
  for (const bytes of spelt)
    expect(findSecrets([secret], [{ place: 'here', bytes }])).not.toEqual([])
})
