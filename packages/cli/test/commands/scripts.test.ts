import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bin, finished, linesOf, nodeArgs } from '../support/cli.ts'
import { makeWorld, type World } from '../support/world.ts'

let world: World
const alice = { profile: 'alice' }
const bob = { profile: 'bob' }

beforeAll(async () => {
  world = await makeWorld(['alice', 'bob'])
}, 60_000)
afterAll(() => world.close())

describe('in a pipe', () => {
  test('lists are tab-separated lines: no header, no colour, exact times, nothing cut', async () => {
    const text = `one\ttwo\nthree ${'long '.repeat(60)}`
    await world.home.run(['send', 'bob', text], alice)
    const { stdout } = await world.home.run(['messages', 'alice'], bob)
    const [line, ...more] = stdout.split('\n')
    expect(more).toEqual([''])
    expect(line?.split('\t')).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      'in',
      'alice',
      'bob',
      'received',
      `one\\u{9}two\\u{a}three ${'long '.repeat(60)}`,
    ])
  })

  test('a reader that leaves early ends the command quietly', async () => {
    const command = `'${process.execPath}' ${nodeArgs.map((arg) => `'${arg}'`).join(' ')} listen | head -n 1`
    const shell = spawn('sh', ['-c', command], {
      env: { ...world.home.env, SECURE_CHAT_PROFILE: 'bob' },
    })
    const run = finished(shell)
    await world.home.run(['send', 'bob', 'for head'], alice)
    await world.home.run(['send', 'bob', 'for nobody'], alice)
    expect(await run).toMatchObject({ code: 0, stderr: '' })
  })

  test('a full disk behind stdout is one plain sentence', async () => {
    const command = `'${process.execPath}' ${nodeArgs.map((arg) => `'${arg}'`).join(' ')} users > /dev/full`
    const env = { ...world.home.env, SECURE_CHAT_PROFILE: 'bob' }
    const run = await finished(spawn('sh', ['-c', command], { env }))
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/^Error: There is no space left on the disk\.\n/)
    expect(run.stderr).not.toMatch(/^\s+at /m)
  })

  test('nothing is asked: what is missing is named', async () => {
    const run = await world.home.run(['register', 'zoe'], { profile: 'zoe' })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/--password-stdin.*--password-file FILE.*SECURE_CHAT_PASSWORD_FILE/)
    expect(run.stderr).toContain('(input_needed)')
  })

  test('a secret comes from stdin, and never stands among the arguments', async () => {
    const { home } = world
    const secret = 'only ever on stdin 7f3a'
    const child = home.start(['register', 'yan', '--password-stdin'], { profile: 'yan' })
    const seen = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
    const run = finished(child)
    child.stdin?.end(`${secret}\n`)
    expect(await run).toMatchObject({ code: 0 })
    expect(seen).not.toContain(secret)
    const again = await home.run(['login', 'yan', '--password-stdin'], {
      profile: 'yan',
      input: secret,
    })
    expect(again.code).toBe(0)
  })

  test('hostile text is escaped in lists and in JSON, whoever wrote it', async () => {
    const { home } = world
    const hostile = 'a\u001b[2Jb\rc\bd\u202ee\u200bf\u009bg'
    await home.run(['messages'], bob)
    const child = home.start(['listen', '--count', '1'], bob)
    let live = ''
    for await (const line of linesOf(child)) {
      live += line
      if (JSON.parse(line).state === 'online') await home.run(['send', 'bob', hostile], alice)
    }
    const outputs = await Promise.all([
      home.run(['messages', 'alice'], bob),
      home.run(['messages', 'alice', '--json'], bob),
      home.run(['chats'], bob),
    ])
    for (const { stdout, stderr } of [...outputs, { stdout: live, stderr: '' }]) {
      expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]/)
    }
    const [, json] = outputs
    const { messages } = JSON.parse(json.stdout)
    expect(messages.at(-1)).toMatchObject({ text: hostile })
  }, 60_000)
})

describe('listen', () => {
  test('prints what comes as one object a line, and ends after --count', async () => {
    const { home } = world
    const child = home.start(['listen', '--from', 'alice', '--count', '1'], bob)
    const lines: Record<string, unknown>[] = []
    for await (const line of linesOf(child)) {
      const record = JSON.parse(line)
      lines.push(record)
      if (record.state === 'online') await home.run(['send', 'bob', 'live'], alice)
    }
    const message = lines.find(({ type }) => type === 'message')
    expect(message).toMatchObject({ text: 'live', from: 'alice', to: 'bob', direction: 'in' })
    expect(Object.keys(message ?? {})).toEqual([
      'type',
      'id',
      'from',
      'to',
      'at',
      'direction',
      'kind',
      'text',
      'body',
      're',
      'state',
      'reason',
      'trust',
      'unread',
      'notices',
      'meta',
    ])
  })

  test('runs a command for each message, the object on its stdin, the text never in the command', async () => {
    const { home } = world
    const out = join(home.dir, 'out')
    const trap = join(home.dir, 'trap')
    const child = home.start(['listen', '--exec', `cat >> ${out}`, '--count', '2'], bob)
    const ended = finished(child)
    // Online again: nothing is printed with --exec, so the messages are sent until both are there.
    for (const text of [`'; touch ${trap}; '`, `$(touch ${trap})`]) {
      await home.run(['send', 'bob', text], alice)
    }
    await Promise.race([ended, keepSending()])
    expect((await ended).code).toBe(0)
    const texts = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).text)
    expect(texts.length).toBe(2)
    expect(() => readFileSync(trap)).toThrow()

    async function keepSending(): Promise<void> {
      while (child.exitCode === null) await home.run(['send', 'bob', 'more'], alice)
    }
  }, 60_000)
})

describe('several processes on one profile', () => {
  test('six sends at once all arrive, while another one listens', async () => {
    const { home } = world
    const child = home.start(['listen', '--from', 'alice'], bob)
    const wanted = new Set(Array.from({ length: 6 }, (_, at) => `at once ${at}`))
    for await (const line of linesOf(child)) {
      const { state, text } = JSON.parse(line)
      if (state === 'online')
        void Promise.all([...wanted].map((each) => home.run(['send', 'bob', each], alice)))
      wanted.delete(text)
      if (wanted.size === 0) child.kill('SIGINT')
    }
    expect(wanted.size).toBe(0)
    const { messages } = await home.json(
      ['messages', 'alice', '--search', 'at once', '--offline'],
      bob,
    )
    expect(messages).toHaveLength(6)
  }, 60_000)
})

describe('the program itself', () => {
  test('an older Node is told so in one line', async () => {
    const old =
      'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})'
    const child = spawn(process.execPath, ['--import', old, bin, '--version'])
    const run = await finished(child)
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(
      /^secure-chat needs Node\.js 24\.15 or newer, this is 20\.20\.2\. .*\n$/,
    )
  })

  test('says its version, and alone where to start', async () => {
    const version = await world.home.run(['--version'])
    expect(version).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^secure-chat\/\d+\.\d+\.\d+ /),
    })
    const alone = await world.home.run([])
    expect(alone.stdout.match(/^ {2}\$ secure-chat /gm)).toHaveLength(5)
  })

  test('help leads with examples, and has pages beside the commands', async () => {
    const { stdout } = await world.home.run(['help', 'send'])
    expect(stdout.indexOf('EXAMPLES')).toBeLessThan(stdout.indexOf('USAGE'))
    for (const topic of ['exit-codes', 'environment', 'scripting']) {
      expect(await world.home.run(['help', topic])).toMatchObject({ code: 0, stderr: '' })
    }
  })

  test('a bug of ours writes a file and prints its path, no stack', async () => {
    const { home } = world
    const breaker = join(home.dir, 'breaker.mjs')
    writeFileSync(breaker, 'JSON.stringify = () => { throw new TypeError("boom") }')
    const child = spawn(
      process.execPath,
      ['--import', breaker, ...nodeArgs, 'send', 'bob', 'a secret text', '--profile', 'alice'],
      { env: home.env },
    )
    const run = await finished(child)
    expect(run.code).toBe(1)
    expect(run.stderr).not.toMatch(/^\s+at /m)
    const path = /file: (\S+)/.exec(run.stderr)?.[1] ?? ''
    const report = readFileSync(path, 'utf8')
    expect(report).toContain('boom')
    expect(report).toContain('command: secure-chat send')
    expect(report).not.toContain('a secret text')
  })
})
