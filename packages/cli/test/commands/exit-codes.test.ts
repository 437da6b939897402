import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { finished, linesOf } from '../support/cli.ts'
import { makeWorld, type World } from '../support/world.ts'

let world: World
const alice = { profile: 'alice' }

beforeAll(async () => {
  world = await makeWorld(['alice', 'bob'])
}, 60_000)
afterAll(() => world.close())

describe('exit codes and errors', () => {
  test('what follows -- is text, never the profile that a hint names', async () => {
    const { code, stderr } = await world.home.run(['send', 'bob', '--', '--profile=elsewhere'], {
      profile: 'nobody',
    })
    expect(code).toBe(4)
    expect(stderr).toContain('secure-chat login')
    expect(stderr).not.toContain('elsewhere')
  })

  test.each([
    ['an unknown command', ['nope']],
    ['an unknown command of a topic', ['keys', 'nope']],
    ['an unknown flag', ['whoami', '--nope']],
    ['a missing argument', ['send']],
    ['an argument too many', ['whoami', 'alice']],
    ['a value out of range', ['messages', '--limit', '0']],
    ['a bad user name', ['send', 'no/name', 'text']],
    ['a bad time', ['messages', '--since', 'soon']],
    ['a bad profile', ['whoami', '--profile', '../etc']],
    ['an empty text', ['send', 'bob', '']],
  ])(
    '%s is a usage error, as a document under --json',
    async (_what, args) => {
      const { code, stdout } = await world.home.run([...args, '--json'], alice)
      expect(code).toBe(2)
      expect(JSON.parse(stdout)).toEqual({
        error: {
          code: 'usage',
          message: expect.any(String),
          suggestions: expect.any(Array),
          exit: 2,
        },
      })
    },
    20_000,
  )

  test('an error for a person says what happened, what to type, and the code, on stderr', async () => {
    const { code, stdout, stderr } = await world.home.run(['whoami'], { profile: 'nobody' })
    expect(code).toBe(4)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^Error: .*\nWhat to do:\n {2}secure-chat register NAME\n/)
    expect(stderr).toContain('(not_signed_in)')
  })

  test.each([
    ['nobody to send to', 7, 'no_such_user', ['send', 'nobody', 'hi']],
    ['no such session', 7, 'no_such_session', ['sessions', 'revoke', '0011223344556677']],
    ['a name taken', 1, 'name_taken', ['register', 'bob', '--profile', 'other']],
    ['a wrong password', 4, 'bad_credentials', ['login', 'alice']],
    [
      'plain http to another computer',
      3,
      'insecure_server',
      ['register', 'x1', '--profile', 'other', '--server', 'http://192.0.2.1:8000'],
    ],
    [
      'a server that is not there',
      3,
      'network_unreachable',
      ['register', 'x1', '--profile', 'other', '--server', 'http://127.0.0.1:1'],
    ],
  ])(
    '%s: exit code %i',
    async (_what, exit, code, args) => {
      const wrong = join(world.home.dir, 'wrong')
      writeFileSync(wrong, 'not the right password', { mode: 0o600 })
      const run = await world.home.run([...args, '--json'], {
        ...alice,
        env: { SECURE_CHAT_PASSWORD_FILE: wrong },
      })
      expect(JSON.parse(run.stdout)).toMatchObject({ error: { code, exit } })
      expect(run.code).toBe(exit)
    },
    20_000,
  )

  test.each([
    [
      'a presence text that is too long',
      ['presence', 'set', 'busy', 'x'.repeat(150)],
      'The text must be',
    ],
    ['what is no session id', ['sessions', 'revoke', 'nosuch'], 'The session id must be'],
    ['a message to oneself', ['send', 'alice', 'hi'], 'yourself'],
    ['a block of oneself', ['users', 'block', 'alice'], 'your own name'],
    [
      'an answer to what is no message',
      ['send', 'bob', 'hi', '--reply', 'nonsense'],
      'id of a message',
    ],
    ['a server that is no address', ['users', '--server', 'not a url'], 'not the address'],
  ])(
    '%s is a usage error in words, without what only the API knows',
    async (_what, args, words) => {
      const { code, stdout } = await world.home.run([...args, '--json'], {
        ...alice,
        env: { SECURE_CHAT_SERVER: undefined },
      })
      const { error } = JSON.parse(stdout)
      expect({ code, exit: error.exit }).toEqual({ code: 2, exit: 2 })
      expect(error.message).toContain(words)
      expect(error.message).not.toMatch(/#\/|[{}]|GET /)
    },
    20_000,
  )

  test('a profile without an account says so in every command, and stays without a folder', async () => {
    const { home } = world
    for (const args of [['users'], ['send', 'bob', 'x'], ['chat', 'bob'], ['listen'], ['keys']]) {
      const run = await home.run([...args, '--json'], { profile: 'typo' })
      expect(JSON.parse(run.stdout)).toMatchObject({
        error: { code: 'not_signed_in', message: expect.stringContaining('No account is set up') },
      })
    }
    expect(existsSync(join(home.dir, 'data/secure-chat/profiles/typo'))).toBe(false)
  }, 60_000)

  test('a refused call of the API is a document with the answer beside the error', async () => {
    const { home } = world
    const refused = await home.json(['api', 'GET', '/chat/nobody/publickey'], alice)
    expect(refused).toMatchObject({
      error: { code: 'no_such_user', exit: 7 },
      status: 404,
      answer: { code: 'no_such_user', request_id: expect.any(String) },
    })
  })

  test('doctor says once that the server is not there, and ends with 1 and an error', async () => {
    const { home } = world
    const found = await home.json(['doctor', '--server', 'http://127.0.0.1:1'], {
      profile: 'typo',
    })
    expect(found.error).toMatchObject({ exit: 1, message: 'Something needs mending: server.' })
    expect(JSON.stringify(found).split('cannot be reached')).toHaveLength(2)
  })

  test('an unknown command is told once', async () => {
    const { stderr } = await world.home.run(['bogus'], alice)
    expect(stderr).toBe(
      'Error: There is no command "bogus".\nWhat to do:\n  secure-chat help\n(usage)\n',
    )
    const below = await world.home.run(['outbox', 'bogus'], alice)
    expect(below.code).toBe(2)
    expect(below.stderr).toContain('There is no command "outbox bogus".')
    const behind = await world.home.json(['whoami', 'bogus'], alice)
    expect(behind.error).toMatchObject({
      code: 'usage',
      message: 'The command "whoami" takes no "bogus".',
    })
  })

  test('hints can be typed as they stand: by npx, with the profile of the flag', async () => {
    const { home } = world
    const run = await home.run(['users', '--profile', 'typo'], { env: { npm_command: 'exec' } })
    expect(run.stderr).toContain('\n  npx secure-chat register --profile typo NAME\n')
    const bad = await home.run(['send', 'bob', 'x', '--wait', 'ages'], alice)
    expect(bad.stderr).toContain('secure-chat help send')
  })

  test('a password that is too short is refused before a key is made', async () => {
    const { home } = world
    const short = join(home.dir, 'short')
    writeFileSync(short, 'four', { mode: 0o600 })
    const run = await home.run(['register', 'shorty', '--password-file', short, '--json'], {
      profile: 'shorty',
      env: { SECURE_CHAT_SERVER: 'http://127.0.0.1:1' },
    })
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: { code: 'weak_password', message: expect.stringContaining('this one has 4') },
    })
  })

  test('config shows the server in force and where it comes from', async () => {
    const { home, server } = world
    expect(await home.json(['config'], alice)).toMatchObject({
      settings: { server: server.url },
      sources: { server: 'variable', notify: 'default' },
    })
    const bare = { ...alice, env: { SECURE_CHAT_SERVER: undefined } }
    expect(await home.json(['config'], bare)).toMatchObject({
      settings: { server: server.url },
      sources: { server: 'profile' },
    })
    const set = await home.run(['config', 'set', 'server', 'http://chat.example.org'], bare)
    expect(set).toMatchObject({ code: 0, stderr: expect.stringContaining('next sign-in') })
  })

  test('a key file says what it needs, and whose key it must be', async () => {
    const { home } = world
    const out = join(home.dir, 'bob.p12')
    const phrase = join(home.dir, 'phrase')
    writeFileSync(phrase, 'of the file', { mode: 0o600 })
    await home.run(['keys', 'export', '--out', out, '--passphrase-file', phrase], {
      profile: 'bob',
    })
    const again = await home.run(['keys', 'export', '--out', out, '--passphrase-file', phrase], {
      profile: 'bob',
    })
    expect(again.stderr).toContain('nothing is overwritten')
    const password = ['--password-file', home.passwordFile]
    const asked = await home.run(['keys', 'import', out, ...password, '--json'], alice)
    expect(asked.code).toBe(2)
    expect(JSON.parse(asked.stdout).error).toMatchObject({
      code: 'input_needed',
      message: expect.stringContaining('--key-passphrase-file'),
    })
    const foreign = ['keys', 'import', out, '--key-passphrase-file', phrase, ...password, '--json']
    const refused = await home.run(foreign, alice)
    expect(refused.code).toBe(2)
    expect(JSON.parse(refused.stdout).error.message).toContain('never was the key of alice')
  }, 60_000)

  test('numbers that are not the same end with 5, however the no is said', async () => {
    const run = await world.home.run(['keys', 'verify', 'bob', '--number', 'no', '--json'], alice)
    expect(run.code).toBe(5)
    expect(JSON.parse(run.stdout).error.suggestions.join()).toContain('in person')
  })

  test('of several recipients some failing is exit code 8, with what became of each', async () => {
    const run = await world.home.run(['send', 'bob,nobody', 'hi', '--json'], alice)
    expect(run.code).toBe(8)
    expect(JSON.parse(run.stdout)).toEqual({
      error: {
        code: 'partly_done',
        message: 'Not sent to nobody; sent to the others. There is no user nobody.',
        suggestions: ['secure-chat users'],
        exit: 8,
      },
      sent: [
        { id: expect.any(String), to: 'bob', at: expect.any(String), state: 'sent' },
        {
          to: 'nobody',
          state: 'failed',
          error: expect.objectContaining({ code: 'no_such_user', exit: 7 }),
        },
      ],
    })
  })

  test('a key replaced without proof stops sending with 5, until it is trusted', async () => {
    const { home } = world
    const password = ['--password-file', home.passwordFile]
    const recover = ['login', 'bob', '--recover', ...password]
    const elsewhere = { profile: 'bob-new' }
    expect(await home.run(recover, elsewhere)).toMatchObject({ code: 2 })
    expect(await home.run([...recover, '--confirm', 'bob'], elsewhere)).toMatchObject({ code: 0 })
    const stopped = await home.run(['send', 'bob', 'for the old key', '--json'], alice)
    expect(stopped.code).toBe(5)
    const { error } = JSON.parse(stopped.stdout)
    expect(error).toMatchObject({ code: 'key_not_trusted', exit: 5 })
    expect(error.suggestions.join()).toContain('secure-chat keys')
    expect(await home.json(['keys', 'show', 'bob'], alice)).toMatchObject({ trust: 'changed' })
    expect(await home.json(['keys', 'trust', 'bob'], alice)).toMatchObject({ trust: 'pinned' })
    expect(await home.run(['send', 'bob', 'for the new key'], alice)).toMatchObject({ code: 0 })
    const { messages } = await home.json(['messages', 'alice', '--search', 'new key'], elsewhere)
    expect(messages).toMatchObject([{ text: 'for the new key' }])
    const late = await home.run(['users'], { profile: 'bob' })
    expect(late.code).toBe(4)
    await home.run(['logout'], { profile: 'bob' })
  }, 60_000)

  test('--wait delivered waits for the receipt, and says when none comes', async () => {
    const { home } = world
    await home.run(['register', 'rita', '--password-file', home.passwordFile], { profile: 'rita' })
    const slow = await home.run(
      ['send', 'rita', 'one', '--wait', 'delivered', '--timeout', '1'],
      alice,
    )
    expect(slow).toMatchObject({ code: 3, stderr: expect.stringContaining('(timeout)') })
    await home.run(['config', 'set', 'receipts', 'on'], { profile: 'rita' })
    const rita = home.start(['listen'], { profile: 'rita' })
    const ended = finished(rita)
    for await (const line of linesOf(rita)) if (line.includes('online')) break
    const told = await home.run(['send', 'rita', 'two', '--wait', 'delivered', '--json'], alice)
    rita.kill('SIGINT')
    await ended
    expect(told.code).toBe(0)
    expect(JSON.parse(told.stdout).state).toMatch(/^(delivered|read)$/)
  }, 60_000)

  test('Ctrl-C ends a waiting command at once, with 130', async () => {
    const child = world.home.start(['listen'], alice)
    const ended = finished(child)
    for await (const line of linesOf(child)) if (line.includes('online')) break
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
  })
})

describe('without a server', () => {
  const offline = { ...alice, env: { SECURE_CHAT_SERVER: undefined } }

  test('a message waits in the outbox, says so, and goes out later', async () => {
    const { home, server } = world
    const port = Number(new URL(server.url).port)
    await server.close()
    const kept = await home.run(['send', 'bob', 'later', '--json'], offline)
    expect(kept.code).toBe(3)
    expect(JSON.parse(kept.stdout)).toMatchObject({
      error: { code: 'network_unreachable', exit: 3 },
      to: 'bob',
      state: 'queued',
    })
    expect(kept.stderr).toBe('')
    expect(await home.run(['send', 'bob', 'later too', '--queue'], offline)).toMatchObject({
      code: 0,
    })
    const { outbox } = await home.json(['outbox'], offline)
    expect(outbox).toMatchObject([{ text: 'later' }, { text: 'later too' }])
    const [, second] = Array.isArray(outbox) ? outbox : []
    expect(await home.run(['outbox', 'drop', second.id], offline)).toMatchObject({ code: 0 })
    expect(await home.run(['outbox', 'retry'], offline)).toMatchObject({
      code: 3,
      stdout: '0 sent, 1 still waiting.\n',
    })
    expect(await home.json(['outbox', 'retry'], offline)).toMatchObject({
      error: { exit: 3 },
      left: 1,
    })
    expect(await home.json(['messages', 'bob'], offline)).toMatchObject({
      error: { exit: 3 },
      messages: expect.any(Array),
    })
    const history = await home.run(['messages', 'bob'], offline)
    expect(history).toMatchObject({ code: 3, stderr: expect.stringContaining('Not up to date') })
    expect(history.stdout).toContain('\tqueued\tlater\n')
    expect(await home.run(['messages', 'bob', '--offline'], offline)).toMatchObject({
      code: 0,
      stderr: '',
    })
    expect(port).toBeGreaterThan(0)
  }, 60_000)

  test('logout locks, and says that the session lives on', async () => {
    const { home } = world
    const out = await home.run(['logout', '--json'], { ...offline, profile: 'bob-new' })
    expect(out.code).toBe(3)
    expect(JSON.parse(out.stdout)).toMatchObject({
      error: { exit: 3, message: expect.stringContaining('lives on') },
      ended: false,
    })
    expect(
      await home.run(['send', 'alice', 'hi'], { ...offline, profile: 'bob-new' }),
    ).toMatchObject({
      code: 4,
    })
  })
})

describe('files', () => {
  test('a settings file open to others is refused, with the command that mends it', async () => {
    const { home } = world
    const path = settingsPath()
    writeFileSync(path, '{}', { mode: 0o600 })
    chmodSync(path, 0o644)
    expect(await home.run(['config'], { profile: 'files' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`chmod 600 ${path}`),
    })
  })

  test('a damaged settings file is kept aside, never overwritten', async () => {
    const { home } = world
    const path = settingsPath()
    writeFileSync(path, '{"notify": "be', { mode: 0o600 })
    chmodSync(path, 0o600)
    const run = await home.run(['config', '--json'], { profile: 'files' })
    expect(run.stderr).toContain('damaged')
    expect(JSON.parse(run.stdout)).toMatchObject({ settings: { notify: 'off' } })
    const aside = readdirSync(join(path, '..')).find((name) => name.includes('damaged'))
    expect(readFileSync(join(path, '..', String(aside)), 'utf8')).toBe('{"notify": "be')
  })

  test('a password file that all can read is refused', async () => {
    const { home } = world
    const open = join(home.dir, 'open-password')
    writeFileSync(open, 'for everybody to see')
    chmodSync(open, 0o644)
    const run = await home.run(['register', 'zoe', '--password-file', open], { profile: 'zoe' })
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining(`chmod 600 ${open}`) })
  })

  function settingsPath(): string {
    const folder = join(world.home.dir, 'config/secure-chat/profiles')
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 })
    return join(folder, 'files.json')
  }
})
