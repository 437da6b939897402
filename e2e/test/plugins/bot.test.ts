/** A bot in a process of its own, which people write to from theirs: killed, hung, thrown at, mistrusted. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals'
import { cliJson, runCli, type Started, startCli } from '../../setup/cli.ts'
import { eventually } from '../../setup/eventually.ts'
import { root } from '../../setup/paths.ts'
import { makePerson } from '../../setup/people.ts'
import type { Home } from '../../setup/scratch.ts'
import { type Server, startServer } from '../../setup/server.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(180_000)

const plugin = join(root, 'plugins/bot')
const patienceMs = 60_000

let server: Server
let home: Home
let alice: Home
let name: string
let asker: string
let people = 0
const running: Started[] = []

beforeAll(async () => {
  server = await startServer()
})
afterAll(tearDown)

beforeEach(async () => {
  people += 1
  name = `helper-${people}`
  asker = `alice-${people}`
  ;[home, alice] = await Promise.all([makePerson(server, name), makePerson(server, asker)])
  await cliJson(home, ['plugins', 'link', plugin])
  mkdirSync(join(home.folder, 'bots'), { mode: 0o700 })
})
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.kill('SIGKILL')
    await one.finished
  }
})

/** Starts `secure-chat bot run` and waits until it answers. */
async function startBot(args: readonly string[]): Promise<Started> {
  const started = startCli(home, ['bot', 'run', ...args, '--json'])
  running.push(started)
  await started.until(/"state":"running"/)
  return started
}

function botFile(file: string, text: string): string {
  const path = join(home.folder, 'bots', file)
  writeFileSync(path, text)
  return path
}

const say = (text: string) => cliJson(alice, ['send', name, text])

/** What the bot said to alice. */
async function answers(): Promise<string[]> {
  const { messages } = Object(await cliJson(alice, ['messages', name, '--limit', '1000']))
  return messages
    .filter(({ direction, kind }: Record<string, string>) => direction === 'in' && kind === 'text')
    .map(({ text }: { text: string }) => text)
}

async function untilAnswered(count: number): Promise<string[]> {
  let texts: string[] = []
  await eventually(`${count} answers`, patienceMs, async () => {
    texts = await answers()
    return texts.length >= count
  })
  return texts
}

const echo = `
  import { defineBot } from 'secure-chat-plugin-bot'
  export default defineBot({ onMessage: ({ text }: { text: string }) => 'echo ' + text })
`

describe('a bot in TypeScript', () => {
  test('answers as an answer, and ends in order', async () => {
    const bot = await startBot([botFile('echo.ts', echo)])
    const asked = Object(await say('hello'))
    expect(await untilAnswered(1)).toEqual(['echo hello'])
    const { messages } = Object(await cliJson(alice, ['messages', name]))
    expect(messages.at(-1)).toMatchObject({ re: asked.id, from: name })
    await eventually('the message is marked as read', patienceMs, async () => {
      const { chats } = Object(await cliJson(home, ['chats']))
      return chats[0]?.unread === 0
    })
    bot.kill('SIGTERM')
    const { code, stdout, stderr } = await bot.finished
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events).toMatchObject([
      { type: 'state', state: 'running', name: 'echo', me: name },
      { type: 'answered', from: asker, re: asked.id },
      { type: 'state', state: 'stopping' },
    ])
    expect(stdout).not.toContain('hello')
  })

  test('says what it does on stderr, and Ctrl-C ends it with 130', async () => {
    const bot = startCli(home, ['bot', 'run', botFile('echo.ts', echo)])
    running.push(bot)
    await say('hello')
    await untilAnswered(1)
    bot.kill('SIGINT')
    const { code, stdout, stderr } = await bot.finished
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(stderr).toContain(`The bot echo answers as ${name}.`)
    expect(stderr).toContain(`${asker}: answered`)
  })

  test('of the examples that ship: the reminder, over a restart', async () => {
    cpSync(join(plugin, 'examples/reminder.ts'), join(home.folder, 'bots/reminder.ts'))
    const file = join(home.folder, 'bots/reminder.ts')
    const first = await startBot([file])
    await say('/remind 1s tea')
    await untilAnswered(1)
    first.kill('SIGKILL')
    await first.finished
    await startBot([file])
    expect(await untilAnswered(2)).toEqual(['I will, in 1s.', 'Reminder: tea'])
  })
})

describe('kill -9', () => {
  /** Leaves a mark when it is called, and waits for a file, so that a test knows where it is. */
  const slow = `
    import { appendFileSync, existsSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    export default async ({ text }) => {
      appendFileSync('calls', text + '\\n')
      while (text === 'wait' && !existsSync('go')) await sleep(20)
      return 'done ' + text
    }
  `
  const calls = () => {
    const path = join(home.folder, 'calls')
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  }

  test('in a handler: the message, and what came behind it or meanwhile, is answered once', async () => {
    const file = botFile('slow.mjs', slow)
    const bot = await startBot([file])
    await say('before')
    await untilAnswered(1)
    await say('wait')
    await eventually('the handler is called', patienceMs, () => calls().includes('wait'))
    await say('behind')
    bot.kill('SIGKILL')
    await bot.finished
    await say('meanwhile')
    // Another command of the profile fetches it: the bot will not hear of it by the stream.
    await cliJson(home, ['messages', asker])
    writeFileSync(join(home.folder, 'go'), '')
    await startBot([file])
    const expected = ['done before', 'done wait', 'done behind', 'done meanwhile']
    expect(await untilAnswered(4)).toEqual(expected)
    await say('after')
    expect(await untilAnswered(5)).toEqual([...expected, 'done after'])
    expect(calls().filter((text) => text === 'before')).toHaveLength(1)
  })

  test('at any moment, again and again: every message is answered, none twice', async () => {
    const file = botFile('echo.ts', echo)
    const count = 12
    for (let at = 0; at < count; at++) {
      const bot = at % 3 === 0 ? await startBot([file]) : undefined
      await say(`message ${at}`)
      // Whatever it is at: a start, a handler, an answer on its way.
      bot?.kill('SIGKILL')
      await bot?.finished
    }
    await startBot([file])
    await untilAnswered(count)
    await say('the last one')
    const texts = await untilAnswered(count + 1)
    expect(texts.toSorted()).toEqual(
      [
        ...Array.from({ length: count }, (_, at) => `echo message ${at}`),
        'echo the last one',
      ].toSorted(),
    )
  })
})

describe('a handler that fails', () => {
  test('by throwing or hanging: it is said, and the next one is answered', async () => {
    const file = botFile(
      'faulty.mjs',
      `export default { onMessage({ text }) {
        if (text === 'throw') throw new Error('on purpose')
        return text === 'hang' ? new Promise(() => undefined) : 'fine'
      } }`,
    )
    const bot = await startBot([file, '--timeout', '1'])
    for (const text of ['throw', 'hang', 'ok']) await say(text)
    expect(await untilAnswered(1)).toEqual(['fine'])
    const failures = bot
      .stdout()
      .split('\n')
      .filter((line) => line.includes('"failed"'))
      .map((line) => JSON.parse(line).reason)
    expect(failures).toEqual(['threw', 'late'])
  })

  test.each([
    ['is not there', () => 'bots/nothing.ts', 1, 'there is no such file'],
    ['does not load', () => botFile('bad.mjs', 'export default {'), 1, 'cannot be loaded'],
    ['is no bot', () => botFile('other.mjs', 'export default { onMesage() {} }'), 2, '"onMesage"'],
  ])('a file that %s', async (_what, file, code, words) => {
    const result = await runCli(home, ['bot', 'run', file()])
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(words) })
  })

  test('neither a file nor a command, or both: exit code 2', async () => {
    expect((await runCli(home, ['bot', 'run'])).code).toBe(2)
    expect((await runCli(home, ['bot', 'run', 'x.ts', '--exec', 'true'])).code).toBe(2)
  })
})

test('the same bot does not run twice', async () => {
  const file = botFile('echo.ts', echo)
  await startBot([file])
  const second = await runCli(home, ['bot', 'run', file])
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('running already') })
})

test('who has a new key is answered when the owner trusts it, and not before', async () => {
  const bot = await startBot([botFile('echo.ts', echo)])
  await say('under the old key')
  await untilAnswered(1)
  const password = alice.env.SECURE_CHAT_PASSWORD_FILE ?? ''
  const recovered = await runCli(alice, [
    'login',
    asker,
    '--recover',
    '--confirm',
    asker,
    '--password-file',
    password,
  ])
  expect(recovered).toMatchObject({ code: 0 })
  await say('under the new key')
  await bot.until(/"type":"held"/)
  await cliJson(home, ['keys', 'trust', asker])
  await bot.until(/"type":"answered"[^\n]*\n[\s\S]*"type":"answered"/)
  expect(await answers()).toContain('echo under the new key')
})

test('a command of the shell is a bot too, and text is never a part of it', async () => {
  const command = `node -e 'let t="";process.stdin.on("data",(d)=>t+=d).on("end",()=>console.log("len",JSON.parse(t).text.length))'`
  await startBot(['--exec', command])
  const text = `$(touch ${home.folder}/mark) ; touch ${home.folder}/mark`
  await say(text)
  expect(await untilAnswered(1)).toEqual([`len ${text.length}`])
  expect(existsSync(join(home.folder, 'mark'))).toBe(false)
})

test('--once answers what has come, and ends', async () => {
  await say('one')
  await say('two')
  const result = await runCli(home, ['bot', 'run', botFile('echo.ts', echo), '--once'])
  expect(result.code).toBe(0)
  expect(await answers()).toEqual(['echo one', 'echo two'])
})
