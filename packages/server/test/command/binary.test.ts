import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { runCommand } from '../../src/command/run.ts'
import { call, codeOf, login, postJson, signUp } from '../support/account.ts'
import { runBinary } from './support.ts'

const scratch = mkdtempSync(join(tmpdir(), 'secure-chat-binary-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function freshEnv(): { DATA_DIR: string; PORT: string } {
  return { DATA_DIR: mkdtempSync(join(scratch, 'data-')), PORT: '0' }
}

test('starts, says where and what to type next, serves, and stops on SIGTERM with exit code 0', async () => {
  const env = freshEnv()
  const server = runBinary(['start'], env)
  const { url, data_dir } = await server.logged('server.started')
  expect(data_dir).toBe(env.DATA_DIR)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  server.child.kill('SIGTERM')
  const { code, stdout, stderr } = await server.finished
  expect(code).toBe(0)
  expect(stderr).toContain(`listening on ${url}`)
  expect(stderr).toContain(`  next    secure-chat register alice --server ${url}\n`)
  // Standard output stays JSON lines for whoever collects logs.
  for (const line of stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
})

test('says where accounts and mailboxes are when they are elsewhere, without the password', async () => {
  const env = { ...freshEnv(), QUEUE_URL: 'kafka://me:hunter2@127.0.0.1:1?sasl=plain' }
  const server = runBinary(['start'], env)
  await server.logged('server.started')
  server.child.kill('SIGTERM')
  const { stdout, stderr } = await server.finished
  expect(stderr).toContain('  queue   kafka://********@127.0.0.1:1?…\n')
  expect(stdout + stderr).not.toContain('hunter2')
})

test('an older Node is told in one line, exit code 1', async () => {
  const pretend =
    'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.19.4"})'
  const { code, stdout, stderr } = await runBinary(['start'], freshEnv(), ['--import', pretend])
    .finished
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(
    /^secure-chat-server needs Node\S* 24\.15 or newer, this is 20\.19\.4\. .*npm start.*\n+$/,
  )
})

test('shows help, and answers 2 to what it does not understand', async () => {
  const ask = async (...args: string[]) => {
    const out: string[] = []
    const err: string[] = []
    const code = await runCommand(args, {
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      isTerminal: false,
      isErrTerminal: false,
    })
    return { code, out: out.join(''), err: err.join('') }
  }
  for (const args of [['help'], ['--help'], ['users', '-h'], []]) {
    const { code, out } = await ask(...args)
    expect(code).toBe(0)
    for (const word of ['start', 'config', 'users list', 'backup DIR', 'migrate'])
      expect(out).toContain(word)
  }
  for (const args of [
    ['migrate'],
    ['migrate', '--from', 'data'],
    ['start', '--verify'],
    ['users'],
    ['users', 'suspend'],
    ['start', 'now'],
    ['--frob'],
    ['backup'],
  ]) {
    const wrong = await ask(...args)
    expect([args, wrong.code, wrong.out]).toEqual([args, 2, ''])
    expect(wrong.err).toContain('Not understood')
  }
})

test('a wrong setting stops the start with one plain sentence', async () => {
  const wrong = await runBinary(['start'], { ...freshEnv(), PORT: '99999' }).finished
  expect(wrong).toEqual({
    code: 1,
    stdout: '',
    stderr: 'PORT is "99999": must be a whole number from 0 to 65535. Example: PORT=8000\n',
  })
})

test.each([
  ['DATABASE_URL', 'postgres://127.0.0.1/x'],
  ['QUEUE_URL', 'nats://127.0.0.1:4222'],
])(
  '%s with an engine that nobody brings is refused by name, never ignored',
  async (name, value) => {
    const { code, stderr } = await runBinary(['start'], { ...freshEnv(), [name]: value }).finished
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^${name} names .* which this server does not know.*\n$`))
  },
)

test('a taken port and a folder in use are one sentence each', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const taken = await runBinary(['start'], { ...freshEnv(), PORT: String(port) }).finished
  other.close()
  expect([taken.code, taken.stderr.split('\n').length]).toEqual([1, 2])
  expect(taken.stderr).toMatch(/^PORT \d+ is taken by another program/)

  const env = freshEnv()
  const first = runBinary(['start'], env)
  await first.logged('server.started')
  const second = await runBinary(['start'], env).finished
  expect([second.code, second.stderr.split('\n').length]).toEqual([1, 2])
  expect(second.stderr).toMatch(/^Another server .* is using /)
  first.child.kill('SIGTERM')
  await first.finished
})

test('config shows what is in force and masks secrets', async () => {
  const secret = 'dGhpcyBpcyBhIHNlY3JldCBvZiBtb3JlIHRoYW4gMzIgYnl0ZXM'
  const env = {
    ...freshEnv(),
    SESSION_SECRET: secret,
    PORT: '8123',
    DATABASE_URL: 'mongodb://me:hunter2@db/x?password=y',
    QUEUE_URL: 'kafka://broker:9092?sasl=scram-sha-256',
    KAFKA_USERNAME: 'chat',
    KAFKA_PASSWORD: 'hunter2://x',
  }
  const { code, stdout } = await runBinary(['config'], env).finished
  expect(code).toBe(0)
  expect(stdout).toContain('PORT=8123\n')
  expect(stdout).toContain('SESSION_SECRET=********\n')
  expect(stdout).toContain('DATABASE_URL=mongodb://********@db/x')
  expect(stdout).toContain('QUEUE_URL=kafka://broker:9092?…\n')
  expect(stdout).toContain('KAFKA_PASSWORD=********\n')
  expect(stdout).not.toMatch(/hunter2|password=|dGhpcyBp/)
})

test('a second signal forces an end while a request is still being received', async () => {
  const server = runBinary(['start'], freshEnv())
  const { url } = await server.logged('server.started')
  const stuck = fetch(`${url}/chat/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{')),
    }),
    duplex: 'half',
  } as RequestInit).catch(() => 'cut')
  await fetch(`${url}/livez`)
  server.child.kill('SIGTERM')
  await server.logged('server.stopping')
  server.child.kill('SIGTERM')
  expect((await server.finished).code).toBe(143)
  expect(await stuck).toBe('cut')
})

test('lists, suspends, resumes and removes accounts beside the running server', async () => {
  const env = freshEnv()
  const server = runBinary(['start'], env)
  const url = String((await server.logged('server.started')).url)
  const alice = await signUp(url, 'alice')
  await signUp(url, 'bob')
  const users = (...args: string[]) => runBinary(['users', ...args], env).finished

  const listed = await users('list')
  expect(listed.stdout).toMatch(/^alice\tactive\t\d{4}-.*Z\nbob\tactive\t\d{4}-.*Z\n$/)
  expect((await users('suspend', 'alice')).stdout).toContain('suspended')
  expect((await users('list')).stdout).toMatch(/^alice\tsuspended\t/)
  await eventually(
    async () => (await call(url, alice, 'GET', '/chat/auth/sessions')).status === 401,
  )
  const refused = await postJson(`${url}/chat/auth/login`, {
    name: 'alice',
    password: 'plain sailing weather',
  })
  expect([refused.status, await codeOf(refused)]).toEqual([403, 'account_suspended'])
  const wrong = await postJson(`${url}/chat/auth/login`, {
    name: 'alice',
    password: 'not this one',
  })
  expect(await codeOf(wrong)).toBe('bad_credentials')
  await users('resume', 'alice')
  await login(url, 'alice')

  expect((await users('remove', 'alice')).code).toBe(0)
  await eventually(async () => (await users('list')).stdout.startsWith('bob'))
  const unknown = await users('remove', 'nobody')
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    'There is no user nobody. See: secure-chat-server users list\n',
  ])
  server.child.kill('SIGTERM')
  await server.finished
})

test('copies the data of a running server; a server on the copy knows accounts and sessions', async () => {
  const env = freshEnv()
  const server = runBinary(['start'], env)
  const url = String((await server.logged('server.started')).url)
  const alice = await signUp(url, 'alice')
  const copy = join(scratch, 'copy')
  expect((await runBinary(['backup', copy], env).finished).code).toBe(0)
  expect((await runBinary(['backup', copy], env).finished).code).toBe(1)
  server.child.kill('SIGTERM')
  await server.finished

  const restored = runBinary(['start'], { ...env, DATA_DIR: copy })
  const again = String((await restored.logged('server.started')).url)
  expect((await call(again, alice, 'GET', '/chat/auth/sessions')).status).toBe(200)
  restored.child.kill('SIGTERM')
  await restored.finished
})

/** Asks again as soon as it was answered; the test's own time limit is the end of patience. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate)
}
