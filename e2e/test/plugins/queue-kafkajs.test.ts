/** The queue of a plugin, in real processes on a real broker: killed, changed for the server's own, moved to. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { describeWithServices, sharedKafka } from '@secure-chat/e2e/services'
import { type Account, signUp } from '../../setup/account.ts'
import { cliJson, type Finished, runCli } from '../../setup/cli.ts'
import { root, serverProgram } from '../../setup/paths.ts'
import { makePerson } from '../../setup/people.ts'
import { type Home, makeHome } from '../../setup/scratch.ts'
import { freePort, type Server, startServer } from '../../setup/server.ts'
import { tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(240_000)

const rounds = 3

describeWithServices('a server whose queue a plugin brings', () => {
  const home = makeHome()
  let kafka: string
  let env: Record<string, string>
  let port: number
  let server: Server

  beforeAll(async () => {
    kafka = (await sharedKafka()).address
    env = { QUEUE_URL: `kafkajs://${kafka}` }
    port = await freePort()
    const entry = {
      use: join(root, 'plugins/queue-kafkajs'),
      grant: ['queueDriver'],
      config: { retentionDays: 7 },
    }
    const file = join(home.folder, 'secure-chat.config.json')
    writeFileSync(file, JSON.stringify({ plugins: [entry] }), { mode: 0o600 })
  }, 120_000)

  afterAll(tearDown)

  /** The broker is that of the whole run: topics are named after people. */
  const nameOf = (who: string) => `${who}-${randomBytes(4).toString('hex')}`
  const start = async (more: Record<string, string> = env) => {
    server = await startServer(more, { home, port })
  }
  const stop = async () => {
    await server.stop()
    expect(server.log()).not.toContain('server.leak')
  }
  const texts = async (reader: Home, name: string): Promise<string[]> => {
    const { messages } = Object(await cliJson(reader, ['messages', name, '--limit', '1000']))
    return messages
      .filter(({ kind }: { kind: string }) => kind === 'text')
      .map(({ text }: { text: string }) => text)
  }
  /** What follows the cursor, and the cursor behind it. */
  const page = async (account: Account, after?: unknown) => {
    const query = after === undefined ? '' : `&after=${encodeURIComponent(String(after))}`
    const { status, body } = await account.call('GET', `/chat/messages?limit=100${query}`)
    expect(status).toBe(200)
    const messages = body.messages as ReadonlyArray<{ readonly message: string }>
    return { found: messages.map(({ message }) => message), next: body.next }
  }
  const post = async (from: Account, to: Account, message: string) => {
    expect((await from.call('POST', `/chat/${to.name}`, { message })).status).toBe(200)
  }

  test('loses no acknowledged message to kill -9, and starts clean again', async () => {
    await start()
    const [alice, bob] = [nameOf('alice'), nameOf('bob')]
    const [a, b] = await Promise.all([makePerson(server, alice), makePerson(server, bob)])
    await cliJson(a, ['send', bob, 'the key exchange'])
    expect(await texts(b, alice)).toEqual(['the key exchange'])
    const acknowledged: string[] = []
    for (let round = 0; round < rounds; round++) {
      const sending = Array.from({ length: 4 }, async (_, index) => {
        const text = `round ${round} number ${index}`
        const { code, stdout } = await runCli(a, ['send', bob, text, '--json'])
        if (code === 0 && JSON.parse(stdout).state === 'sent') acknowledged.push(text)
      })
      await Promise.race(sending)
      await server.kill('SIGKILL')
      await Promise.all(sending)
      server = await server.restart()
    }
    await cliJson(a, ['send', bob, 'the last one'])
    await cliJson(b, ['send', alice, 'and an answer'])
    const found = await texts(b, alice)
    expect(found).toEqual(expect.arrayContaining(acknowledged))
    expect(acknowledged.length).toBeGreaterThanOrEqual(rounds)
    expect(new Set(found).size).toBe(found.length)
    expect(await texts(a, bob)).toContain('and an answer')
    await stop()
  })

  test('is changed for the server\u2019s own driver and back on one broker, and nobody loses mail or place', async () => {
    await start()
    const carl = await signUp(server.url, nameOf('carl'))
    const dora = await signUp(server.url, nameOf('dora'))
    await post(carl, dora, 'by the plugin')
    const first = await page(dora)
    expect(first.found).toEqual(['by the plugin'])
    await stop()

    await start({ QUEUE_URL: `kafka://${kafka}` })
    await post(carl, dora, 'by the server itself')
    expect((await page(dora)).found).toEqual(['by the plugin', 'by the server itself'])
    const second = await page(dora, first.next)
    expect(second.found).toEqual(['by the server itself'])
    const eva = await signUp(server.url, nameOf('eva'))
    await post(carl, eva, 'into a topic of the server')
    const ofEva = await page(eva)
    await stop()

    await start()
    await post(carl, dora, 'by the plugin again')
    await post(carl, eva, 'read by the plugin')
    expect((await page(dora, second.next)).found).toEqual(['by the plugin again'])
    expect((await page(dora)).found).toHaveLength(3)
    expect((await page(eva, ofEva.next)).found).toEqual(['read by the plugin'])
    expect((await page(eva)).found).toEqual(['into a topic of the server', 'read by the plugin'])
    await stop()
  })

  function command(args: readonly string[], more: Record<string, string>): Promise<Finished> {
    const child = spawn(process.execPath, [serverProgram, ...args], {
      env: { ...home.env, ...more },
      cwd: home.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    return new Promise((resolve) =>
      child.once('close', (code) => resolve({ code, stdout, stderr })),
    )
  }

  test('is moved to from the embedded queue and back by `migrate`; `users` needs no broker', async () => {
    const [first, back] = [join(home.folder, 'embedded'), join(home.folder, 'back')]
    await start({ DATA_DIR: first })
    const carl = await signUp(server.url, nameOf('carl'))
    const dora = await signUp(server.url, nameOf('dora'))
    const sent = Array.from({ length: 150 }, (_, index) => `number ${index}`)
    for (const text of sent) await post(carl, dora, text)
    await stop()

    const moved = { ...env, DATA_DIR: join(home.folder, 'moved') }
    const there = await command(['migrate', '--from', first, '--to', 'env'], moved)
    expect([there.code, there.stderr]).toEqual([
      0,
      expect.stringContaining('Both sides are the same.'),
    ])
    expect(there.stdout).toMatch(/^messages\t150\t150$/m)
    const list = await command(['users', 'list'], { ...moved, QUEUE_URL: 'kafkajs://127.0.0.1:1' })
    expect([list.code, list.stderr]).toEqual([0, ''])
    expect(list.stdout.split('\n').filter((line) => line !== '')).toHaveLength(2)

    await start(moved)
    const { found, next } = await page(dora)
    expect(found).toEqual(sent.slice(0, 100))
    expect((await page(dora, next)).found).toEqual(sent.slice(100))
    await post(carl, dora, 'after the move')
    await stop()

    const again = await command(['migrate', '--from', 'env', '--to', back], moved)
    expect([again.code, again.stderr]).toEqual([
      0,
      expect.stringContaining('Both sides are the same.'),
    ])
    expect(again.stdout).toMatch(/^messages\t151\t151$/m)
    await start({ DATA_DIR: back })
    expect((await page(dora, (await page(dora)).next)).found).toEqual([
      ...sent.slice(100),
      'after the move',
    ])
    await stop()
  })

  test('does not start on a mistake in its settings, which is told without a secret', async () => {
    for (const [url, what] of [
      [`kafkajs://me:hunter2@${kafka}`, 'do not belong into QUEUE_URL'],
      [`kafkajs://${kafka}?sasl=plain`, 'the rest belongs into its config'],
      ['kafkajs://', 'no broker'],
      ['kafkajs://a:9092,b:9092', 'no URL that can be read'],
    ] as const) {
      const { code, stdout, stderr } = await command(['start'], {
        QUEUE_URL: url,
        PORT: '0',
        DATA_DIR: join(home.folder, 'mistakes'),
      })
      expect([code, stderr]).toEqual([1, expect.stringContaining(what)])
      expect(stdout + stderr).not.toContain('hunter2')
    }
  })
})
