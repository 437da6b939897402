import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startTestServer, type TestServer } from '../../src/testing.ts'

type Result = { exit: number; out: string; err: string }

const examples = fileURLToPath(new URL('../../../../docs/examples/', import.meta.url))
const password = 'correct horse \'battery" & =staple'
const missing = ['openssl', 'curl', 'python3'].filter((tool) => !isInstalled(tool))
if (missing.length > 0 && process.env.REQUIRE_SERVICES === '1') {
  throw new Error(`The examples of docs/api.md need ${missing.join(', ')}.`)
}
const describeHere = missing.length > 0 ? describe.skip : describe

describeHere('the clients of docs/api.md, against a real server:', () => {
  const folders = { alice: folder(), bob: folder() }
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer()
    for (const name of ['alice', 'bob'] as const) {
      const { exit, err } = await run(
        'sh',
        [join(examples, 'sign-in.sh'), name],
        folders[name],
        `${password}\n`,
      )
      expect([exit, err]).toEqual([0, ''])
    }
  })

  afterAll(async () => {
    await server.close()
    for (const path of Object.values(folders)) rmSync(path, { recursive: true })
  })

  test('signing in leaves its secrets readable to the owner only', () => {
    for (const file of ['private.pem', 'session.key', 'login.json']) {
      expect(statSync(join(folders.alice, file)).mode & 0o077).toBe(0)
    }
  })

  test('a wrong password makes the sign-in fail, and leaves the key it has', async () => {
    const other = folder()
    writeFileSync(join(other, 'private.pem'), 'not used before the answer')
    const { exit, out } = await run(
      'sh',
      [join(examples, 'sign-in.sh'), 'alice'],
      other,
      'wrong password',
    )
    rmSync(other, { recursive: true })
    expect(exit).not.toBe(0)
    expect(out).not.toContain('sk1.')
  })

  const clients = [
    ['client.py', 'python3'],
    ['client.sh', 'sh'],
  ] as const

  test.each(clients)('%s reads and sends', async (script, interpreter) => {
    const call = (name: 'alice' | 'bob', ...args: string[]) =>
      run(interpreter, [join(examples, script), ...args], folders[name])
    const body = join(folders.alice, 'message.json')
    writeFileSync(body, JSON.stringify({ message: `aGVsbG8 from ${script}, grüße` }))

    const users = await call('alice', 'GET', '/chat/users?prefix=&limit=10')
    expect([users.exit, users.err]).toEqual([0, ''])
    expect(JSON.parse(users.out).users.map(({ name }: { name: string }) => name)).toEqual([
      'alice',
      'bob',
    ])

    const sent = await call('alice', 'POST', '/chat/bob', body)
    expect(JSON.parse(sent.out).status).toBe('OK')

    const mailbox = JSON.parse((await call('bob', 'GET', '/chat/messages')).out)
    expect(mailbox.messages.at(-1)).toMatchObject({
      sender: 'alice',
      message: `aGVsbG8 from ${script}, grüße`,
      id: JSON.parse(sent.out).id,
    })
  })

  test.each(clients)(
    '%s shows the problem and fails when the server refuses',
    async (script, interpreter) => {
      const refused = await run(
        interpreter,
        [join(examples, script), 'GET', '/chat/nobody/publickey'],
        folders.alice,
      )
      expect(refused.exit).not.toBe(0)
      expect(JSON.parse(refused.out + refused.err.replace(/^curl: .*$/m, '')).code).toBe(
        'no_such_user',
      )
    },
  )

  test('a logout by one client ends the session for the other', async () => {
    const call = (script: string, interpreter: string, ...args: string[]) =>
      run(interpreter, [join(examples, script), ...args], folders.alice)
    expect(
      JSON.parse((await call('client.py', 'python3', 'POST', '/chat/auth/logout')).out),
    ).toEqual({ status: 'OK' })
    expect((await call('client.sh', 'sh', 'GET', '/chat/users')).out).toContain('"token_invalid"')
  })

  function run(command: string, args: string[], cwd: string, input = ''): Promise<Result> {
    const env = {
      PATH: process.env.PATH,
      SECURE_CHAT_SERVER: server.url,
      SECURE_CHAT_SESSION_KEY_FILE: 'session.key',
    }
    return new Promise((resolve) => {
      const child = execFile(command, args, { cwd, env, timeout: 60_000 }, (error, out, err) => {
        resolve({ exit: error ? Number(error.code ?? 1) : 0, out, err })
      })
      child.stdin?.end(input)
    })
  }
})

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'secure-chat-docs-'))
}

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, [tool === 'openssl' ? 'version' : '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
