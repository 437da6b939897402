/** A server moves from the embedded engine to MongoDB and Kafka and back, and its people notice nothing. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { describeWithServices, sharedKafka, sharedMongo } from '@secure-chat/e2e/services'
import { type Account, signUp } from '../setup/account.ts'
import { cliJson, type Finished } from '../setup/cli.ts'
import { serverProgram } from '../setup/paths.ts'
import { makePerson } from '../setup/people.ts'
import { type Home, makeHome, removeHomes } from '../setup/scratch.ts'
import { freePort, killServers, type Server, startServer } from '../setup/server.ts'

jest.setTimeout(240_000)

describeWithServices('a move between engines', () => {
  // The broker is that of the whole run: topics are named after people.
  const suffix = randomBytes(4).toString('hex')
  const [anna, bert, carl] = ['anna', 'bert', 'carl'].map((name) => `${name}-${suffix}`) as [
    string,
    string,
    string,
  ]
  const home = makeHome()
  const [first, back] = [join(home.folder, 'server'), join(home.folder, 'back')]
  let engines: Record<string, string>
  let port: number
  let server: Server
  let people: { anna: Home; bert: Home; carl: Account }
  let before: unknown

  beforeAll(async () => {
    const [kafka, mongo] = await Promise.all([sharedKafka(), sharedMongo()])
    engines = {
      DATABASE_URL: `mongodb://${mongo.address}/move-${suffix}`,
      QUEUE_URL: `kafka://${kafka.address}`,
    }
    port = await freePort()
  }, 120_000)

  afterAll(() => {
    killServers()
    removeHomes()
  })

  const start = async (env: Record<string, string>) => {
    server = await startServer(env, { home, port })
  }
  const texts = async (reader: Home, name: string) => {
    const { messages } = Object(await cliJson(reader, ['messages', name, '--limit', '1000']))
    return messages
      .filter(({ kind }: { kind: string }) => kind === 'text')
      .map(({ text }: { text: string }) => text)
  }
  /** Every record, by pages, as somebody reads who never read before. */
  const records = async (account: Account) => {
    const found: unknown[] = []
    for (let target = '/chat/messages?limit=200', more: unknown = true; more === true; ) {
      const { status, body } = await account.call('GET', target)
      expect(status).toBe(200)
      found.push(...(Array.isArray(body.messages) ? body.messages : []))
      target = `/chat/messages?limit=200&after=${encodeURIComponent(String(body.next))}`
      more = body.more
    }
    return found
  }
  /** What only the keeper of the data can get right. */
  const state = async () => ({
    wellKnown: await (await fetch(`${server.url}/.well-known/secure-chat`)).json(),
    carl: await records(people.carl),
    key: (await people.carl.call('GET', `/chat/${anna}/publickey`)).body,
    blocks: (await people.carl.call('GET', '/chat/auth/blocks')).body,
  })

  function startMigration(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [serverProgram, 'migrate', ...args], {
      env: { ...home.env, ...env },
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
    const finished = new Promise<Finished>((resolve) =>
      child.once('close', (code) => resolve({ code, stdout, stderr })),
    )
    return { child, finished }
  }
  const migrate = (args: readonly string[], env: Record<string, string> = {}) =>
    startMigration(args, env).finished

  test('there are people, keys that changed, sessions and messages on the embedded engine', async () => {
    await start({})
    const [a, b] = await Promise.all([makePerson(server, anna), makePerson(server, bert)])
    people = { anna: a, bert: b, carl: await signUp(server.url, carl) }
    await cliJson(a, ['send', bert, 'one'])
    expect(await texts(b, anna)).toEqual(['one'])
    await cliJson(b, ['send', anna, 'hello back'])
    await cliJson(a, ['keys', 'replace'])
    await cliJson(a, ['send', bert, 'two'])
    expect(await texts(b, anna)).toEqual(['one', 'hello back', 'two'])
    const other = await signUp(server.url, `dora-${suffix}`)
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          other.call('POST', `/chat/${carl}`, { message: `${round} ${index} ${'x'.repeat(500)}` }),
        ),
      )
    }
    await people.carl.call('PUT', `/chat/auth/blocks/${bert}`)
    before = await state()
    await server.stop()
  })

  test('it moves to MongoDB and Kafka, though the copying is killed three times', async () => {
    for (const ms of [300, 700, 1200]) {
      const { child, finished } = startMigration(['--from', first, '--to', 'env'], engines)
      await Promise.race([sleep(ms), finished])
      child.kill('SIGKILL')
      await finished
    }
    const env = { ...engines, DATA_DIR: first }
    const { code, stdout, stderr } = await migrate(['--from', first, '--to', 'env'], env)
    expect([code, stderr]).toEqual([0, expect.stringContaining('Both sides are the same.')])
    expect(stderr).toContain('people stay signed in')
    expect(stdout).toMatch(/^users\t4\t4\t([0-9a-f]{16})\t\1\tequal$/m)
    expect(stdout).toMatch(/^keyChanges\t1\t1\t/m)
    expect(stdout).toMatch(/^mailboxes\t4\t4\t([0-9a-f]{16})\t\1\tequal$/m)
    const [, source, target] = /^messages\t(\d+)\t(\d+)$/m.exec(stdout) ?? []
    expect(Number(source)).toBeGreaterThan(600)
    expect(target).toBe(source)
  })

  test('a server there serves them: sessions live, nothing is lost or shown twice, keys are trusted', async () => {
    await start(engines)
    expect(await state()).toEqual(before)
    expect(await texts(people.bert, anna)).toEqual(['one', 'hello back', 'two'])
    await cliJson(people.anna, ['send', bert, 'three'])
    expect(await texts(people.bert, anna)).toEqual(['one', 'hello back', 'two', 'three'])
    await cliJson(people.bert, ['send', anna, 'and back'])
    expect((await texts(people.anna, bert)).slice(-1)).toEqual(['and back'])
    await cliJson(people.bert, ['keys', 'replace'])
    await cliJson(people.bert, ['send', anna, 'under a new key'])
    expect((await texts(people.anna, bert)).slice(-1)).toEqual(['under a new key'])
    before = await state()
    await server.stop()
  })

  test('it moves back into a folder, with what happened there, and is served from it', async () => {
    const env = { ...engines, DATA_DIR: first }
    const { code, stdout, stderr } = await migrate(['--from', 'env', '--to', back], env)
    expect([code, stderr]).toEqual([0, expect.stringContaining('Both sides are the same.')])
    expect(stdout).toMatch(/^keyChanges\t2\t2\t/m)
    const verified = await migrate(['--from', 'env', '--to', back, '--verify', '--mailboxes'], env)
    expect(verified.code).toBe(0)
    expect(verified.stdout).toMatch(new RegExp(`^mailbox ${anna}\t(\\d+)\t\\1\t`, 'm'))
    await start({ DATA_DIR: back })
    expect(await state()).toEqual(before)
    expect(await texts(people.bert, anna)).toEqual([
      'one',
      'hello back',
      'two',
      'three',
      'and back',
      'under a new key',
    ])
    await cliJson(people.anna, ['send', bert, 'home again'])
    expect((await texts(people.bert, anna)).slice(-1)).toEqual(['home again'])
    await server.stop()
  })

  test('what was in use since is not overwritten by a copy from where it came', async () => {
    const env = { ...engines, DATA_DIR: first }
    const { code, stderr } = await migrate(['--from', 'env', '--to', back], env)
    expect([code, stderr]).toEqual([1, expect.stringContaining('in use since')])
  })
})
