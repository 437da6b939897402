/** The audit plugin, both halves, in real processes: what an auditor sees, and what happens to who has the database. */
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { cliJson, runCli } from '../../setup/cli.ts'
import { root } from '../../setup/paths.ts'
import { makePerson } from '../../setup/people.ts'
import { type Home, makeHome } from '../../setup/scratch.ts'
import { freePort, type Server, startServer } from '../../setup/server.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(180_000)

const plugin = join(root, 'plugins/audit')

let operator: Home
let port: number
let server: Server
let alice: Home
let bob: Home
let carol: Home
/** Where carol keeps what she saw. */
let pinFile: string
let publicKey: string

async function start(): Promise<void> {
  server = await startServer({}, { home: operator, port })
}

beforeAll(async () => {
  operator = makeHome()
  port = await freePort()
  const keys = generateKeyPairSync('ed25519')
  const signingKeyFile = operator.secretFile(
    'audit.key',
    keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  const entry = {
    use: plugin,
    grant: ['onEnvelopeStored', 'routes'],
    config: { auditors: ['carol'], signingKeyFile },
  }
  mkdirSync(operator.folder, { recursive: true })
  writeFileSync(
    join(operator.folder, 'secure-chat.config.json'),
    JSON.stringify({ plugins: [entry] }),
    { mode: 0o600 },
  )
  await start()
  ;[alice, bob, carol] = await Promise.all(
    ['alice', 'bob', 'carol'].map((name) => makePerson(server, name)) as [
      Promise<Home>,
      Promise<Home>,
      Promise<Home>,
    ],
  )
  pinFile = join(carol.folder, 'audit.pin')
  publicKey = carol.secretFile(
    'operator.pub',
    keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  )
  await cliJson(carol, ['plugins', 'link', plugin])
  await cliJson(alice, ['plugins', 'link', plugin])
})

afterAll(tearDown)

const verify = (...flags: string[]) => runCli(carol, ['audit', 'verify', ...flags])
const pinned = () => verify('--against', pinFile, '--save', pinFile)

/** What somebody with the database file can do while the server is down. */
function withDatabase(work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(join(server.dataDir, 'users.sqlite'))
  try {
    work(database)
  } finally {
    database.close()
  }
}

describe('an auditor', () => {
  test('lists who wrote to whom, and none of what', async () => {
    await runCli(alice, ['send', 'bob', 'the secret words'])
    await runCli(bob, ['send', 'alice', 'an answer'])
    const { code, stdout } = await runCli(carol, ['audit', 'list', '--user', 'alice'])
    expect(code).toBe(0)
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t').slice(1, 4))
    expect(rows).toEqual([
      ['KEY_EXCHANGE', 'alice', 'bob'],
      ['CHAT_MESSAGE', 'alice', 'bob'],
      ['KEY_EXCHANGE', 'bob', 'alice'],
      ['CHAT_MESSAGE', 'bob', 'alice'],
    ])
    expect(stdout).not.toContain('secret')
    const { messages } = Object(await cliJson(bob, ['messages', 'alice']))
    const json = Object(await cliJson(carol, ['audit', 'list', '--limit', '1000']))
    const ids = json.entries.map((entry: { envelope?: { id: string } }) => entry.envelope?.id)
    for (const { id } of messages) expect(ids).toContain(id)
    expect(json.verified).toBe(true)
  })

  test('verifies the log, and remembers where it ended', async () => {
    const first = await pinned()
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\S+\t0\t\d+\trunning\t[0-9a-f]{64}\n$/),
    })
    expect(first.stderr).toContain('There is no')
    expect(first.stderr).toContain('Every hash and every link holds.')
    await runCli(alice, ['send', 'bob', 'one more'])
    const second = await pinned()
    expect(second.code).toBe(0)
    expect(second.stderr).toContain('signed with the same key as before')
    expect(Object(await cliJson(carol, ['audit', 'verify', '--key', publicKey]))).toMatchObject({
      valid: true,
      signature: 'given',
    })
  })

  test('is one by the word of the operator: others are told so', async () => {
    const { code, stdout } = await runCli(alice, ['audit', 'verify', '--json'])
    expect({ code, ...JSON.parse(stdout).error }).toMatchObject({ code: 'not_yours', exit: 1 })
    const { stderr } = await runCli(alice, ['audit', 'list'])
    expect(stderr).toContain('Only auditors may read the audit log.')
  })

  test('has help, and is told what was typed wrong', async () => {
    const help = await runCli(carol, ['help', 'audit', 'verify'])
    expect(help.stdout).toContain('--against')
    const wrong = await runCli(carol, ['audit', 'list', '--since', 'soon'])
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"soon" is not a time'),
    })
    const missing = await verify('--against', join(carol.folder, 'none'))
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('(file_unreadable)') })
  })
})

describe('after a restart', () => {
  test('in order, there is another chain, and the first has its last word', async () => {
    await server.stop()
    await start()
    await runCli(alice, ['send', 'bob', 'after the restart'])
    const report = Object(
      JSON.parse((await verify('--json', '--against', pinFile, '--save', pinFile)).stdout),
    )
    expect(report).toMatchObject({
      valid: true,
      chains: [{ state: 'ended' }, { state: 'running' }],
    })
  })

  test('after kill -9, the chain that stopped is named', async () => {
    await server.kill('SIGKILL')
    await start()
    await runCli(alice, ['send', 'bob', 'after the crash'])
    const { chains, valid } = Object(JSON.parse((await verify('--json')).stdout))
    expect(valid).toBe(true)
    // It may seem to run for three minutes more.
    expect(chains.map(({ state }: { state: string }) => state)).toEqual([
      'ended',
      expect.stringMatching(/^(running|stopped)$/),
      'running',
    ])
  })
})

describe('whoever has the database', () => {
  test('cannot change an entry unseen', async () => {
    expect((await pinned()).code).toBe(0)
    await server.stop()
    let before = ''
    let key = ''
    withDatabase((database) => {
      const row = database
        .prepare(
          'SELECT key, value FROM plugin_value WHERE plugin = \'audit\' AND value LIKE \'%"recipient":"bob"%\' LIMIT 1',
        )
        .get()
      before = String(row?.value)
      key = String(row?.key)
      database
        .prepare('UPDATE plugin_value SET value = ? WHERE plugin = ? AND key = ?')
        .run(before.replaceAll('"recipient":"bob"', '"recipient":"mallory"'), 'audit', key)
    })
    await start()
    const { code, stderr, stdout } = await verify()
    expect(code).toBe(1)
    expect(stderr).toMatch(/BROKEN: entry \d+ of chain \S+ was changed: its hash is another one\./)
    expect(stdout).not.toContain('BROKEN')
    const listed = await runCli(carol, ['audit', 'list'])
    expect(listed.stderr).toContain('This log is broken')
    await server.stop()
    withDatabase((database) => {
      database
        .prepare('UPDATE plugin_value SET value = ? WHERE plugin = ? AND key = ?')
        .run(before, 'audit', key)
    })
    await start()
    expect((await verify()).code).toBe(0)
  })

  test('cannot throw the whole log away unseen by who remembers it', async () => {
    const kept = readFileSync(pinFile, 'utf8')
    await server.stop()
    withDatabase((database) => database.exec("DELETE FROM plugin_value WHERE plugin = 'audit'"))
    await start()
    await runCli(alice, ['send', 'bob', 'on a new page'])
    expect((await verify()).code).toBe(0)
    const compared = await pinned()
    expect(compared.code).toBe(1)
    expect(compared.stderr).toMatch(
      /BROKEN: .* is missing, as its whole chain is: the file \S+audit\.pin names it/,
    )
    // What is broken replaces nothing.
    expect(readFileSync(pinFile, 'utf8')).toBe(kept)
    expect(existsSync(pinFile)).toBe(true)
  })
})

test('a server without the plugin is told as such', async () => {
  const other = await startServer()
  const dave = await makePerson(other, 'dave')
  await cliJson(dave, ['plugins', 'link', plugin])
  const { code, stderr } = await runCli(dave, ['audit', 'verify'])
  expect(code).toBe(7)
  expect(stderr).toContain('This server keeps no audit log.')
})
