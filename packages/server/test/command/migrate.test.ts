import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { UserName } from '@secure-chat/protocol'
import { runCommand } from '../../src/command/run.ts'
import { openSqliteDatabase, openSqliteQueue } from '../../src/drivers/sqlite/index.ts'
import { systemClock } from '../../src/ops/system-clock.ts'
import { record } from '../drivers/queue-rules/kit.ts'
import { account } from '../drivers/user-rules/kit.ts'
import { call, type SignedIn, signUp } from '../support/account.ts'
import { runBinary } from './support.ts'

jest.setTimeout(240_000)

const scratch = mkdtempSync(join(tmpdir(), 'secure-chat-migrate-'))
const source = join(scratch, 'source')
let alice: SignedIn

/** Two people by the API, and many more with more to copy, past it. */
beforeAll(async () => {
  mkdirSync(source)
  const server = runBinary(['start'], { DATA_DIR: source, PORT: '0', RATE_LIMIT: 'off' })
  const url = String((await server.logged('server.started')).url)
  alice = await signUp(url, 'alice')
  const bob = await signUp(url, 'bob')
  for (const message of ['one', 'two', 'three']) {
    await call(url, bob, 'POST', '/chat/alice', { body: { message } })
  }
  server.child.kill('SIGTERM')
  await server.finished
  await addMany(source)
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function addMany(dir: string): Promise<void> {
  const database = await openSqliteDatabase({ dir, clock: systemClock })
  const queue = await openSqliteQueue({ dir, clock: systemClock })
  const names = Array.from({ length: 60 }, (_, index) => `many-${index}` as UserName)
  await Promise.all(names.map((name) => database.users.create(account(name))))
  for (const user of names) {
    await queue.enqueueAll(
      Array.from({ length: 200 }, (_, index) => ({
        user,
        record: record(`${index} ${'x'.repeat(600)}`),
      })),
    )
  }
  await database.close()
  await queue.close()
}

let folders = 0
function newFolder(): string {
  folders += 1
  return join(scratch, `target-${folders}`)
}

const migrate = (...args: string[]) => runBinary(['migrate', ...args], { DATA_DIR: scratch })

async function served(dir: string): Promise<unknown> {
  const server = runBinary(['start'], { DATA_DIR: dir, PORT: '0' })
  const url = String((await server.logged('server.started')).url)
  const answer = await call(url, alice, 'GET', '/chat/messages')
  const { messages } = Object(await answer.json())
  server.child.kill('SIGTERM')
  await server.finished
  expect(answer.status).toBe(200)
  return messages.map(({ message }: { message: string }) => message)
}

test('copies a data folder; a server on the copy knows accounts, sessions and messages', async () => {
  const target = newFolder()
  const { code, stdout, stderr } = await migrate('--from', source, '--to', target).finished
  expect([code, stderr]).toEqual([0, expect.stringContaining('Both sides are the same.')])
  expect(stderr).toContain('people stay signed in')
  expect(stdout).toMatch(/^users\t62\t62\t([0-9a-f]{16})\t\1\tequal$/m)
  expect(stdout).toMatch(/^sessions\t2\t2\t/m)
  expect(stdout).toMatch(/^mailboxes\t62\t62\t([0-9a-f]{16})\t\1\tequal\nmessages\t12003\t12003$/m)
  expect(await served(target)).toEqual(['one', 'two', 'three'])
  // In use since: it is not overwritten, and a comparison says what differs.
  const again = await migrate('--from', source, '--to', target).finished
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('has been in use since')])
  const verified = await migrate('--from', source, '--to', target, '--verify').finished
  expect(verified.code).toBe(1)
  expect(verified.stdout).toMatch(/^presence\t1\t2\t.*\tdiffers$/m)
  expect(verified.stdout).toMatch(/^mailboxes\t62\t62\t.*\tequal$/m)
})

test('lists every mailbox when asked, and writes nothing when it only compares', async () => {
  const target = newFolder()
  await migrate('--from', source, '--to', target).finished
  const size = statSync(join(target, 'queue.sqlite')).size
  const { code, stdout } = await migrate(
    '--from',
    source,
    '--to',
    target,
    '--verify',
    '--mailboxes',
  ).finished
  expect(code).toBe(0)
  expect(stdout).toMatch(/^mailbox alice\t3\t3\t([0-9a-f]{16})\t\1\tequal$/m)
  expect(stdout.match(/^mailbox /gm)).toHaveLength(62)
  expect(statSync(join(target, 'queue.sqlite')).size).toBe(size)
})

test('killed again and again while it copies, it is run until it is done: nothing lost, nothing twice', async () => {
  const target = newFolder()
  let written = 0
  for (let kill = 0; kill < 3; kill += 1) {
    const run = migrate('--from', source, '--to', target)
    await Promise.race([run.finished, grown(target, written)])
    run.child.kill('SIGKILL')
    await run.finished
    written = sizeOf(target)
  }
  const refused = await runBinary(['start'], { DATA_DIR: target, PORT: '0' }).finished
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('a copy that was never finished'),
  ])
  const last = await migrate('--from', source, '--to', target).finished
  expect(last.code).toBe(0)
  expect(last.stdout).toMatch(/^messages\t12003\t12003$/m)
  expect(await served(target)).toEqual(['one', 'two', 'three'])
})

test('stopped by Ctrl-C it says that it goes on, and does', async () => {
  const target = newFolder()
  const run = migrate('--from', source, '--to', target)
  await grown(target, 0)
  run.child.kill('SIGINT')
  const { code, stderr } = await run.finished
  expect([code, stderr]).toEqual([130, expect.stringContaining('goes on where it stopped')])
  expect((await migrate('--from', source, '--to', target).finished).code).toBe(0)
})

function sizeOf(dir: string): number {
  return ['queue.sqlite', 'queue.sqlite-wal'].reduce((sum, name) => {
    const path = join(dir, name)
    return sum + (existsSync(path) ? statSync(path).size : 0)
  }, 0)
}

/** Resolves when the target's queue has something that it did not have. */
async function grown(dir: string, before: number): Promise<void> {
  while (sizeOf(dir) < before + 300_000) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('is refused in one sentence', () => {
  const refusal = async (...args: string[]) => {
    const written: string[] = []
    const code = await runCommand(['migrate', ...args], {
      out: (text) => void written.push(text),
      err: (text) => void written.push(text),
      isTerminal: false,
      isErrTerminal: false,
    })
    const sentence = written.at(-1) ?? ''
    expect([code, sentence.split('\n').length]).toEqual([1, 2])
    return sentence
  }

  test('while a server works on the source', async () => {
    const dir = newFolder()
    mkdirSync(dir)
    const server = runBinary(['start'], { DATA_DIR: dir, PORT: '0' })
    await server.logged('server.started')
    expect(await refusal('--from', dir, '--to', newFolder())).toMatch(
      /^Another server .* is using /,
    )
    server.child.kill('SIGTERM')
    await server.finished
  })

  test('from a folder without data, which stays empty', async () => {
    const dir = newFolder()
    expect(await refusal('--from', dir, '--to', newFolder())).toContain('holds no embedded data')
    expect(existsSync(dir)).toBe(false)
    expect(await refusal('--from', source, '--to', dir, '--verify')).toContain(dir)
    expect(existsSync(dir)).toBe(false)
  })

  test('onto itself', async () => {
    expect(await refusal('--from', source, '--to', `${source}/`)).toContain('nothing to copy')
  })

  test.each([
    'mongodb://me:hunter2@db/x,kafka://k:9092',
    'mongodb://db/x?authPassword=hunter2,./data',
    './data,kafka://me:hunter2@k',
  ])('with a password among the arguments, which is not repeated: %s', async (url) => {
    for (const args of [
      ['--from', source, '--to', url],
      ['--from', url, '--to', source],
    ]) {
      const sentence = await refusal(...args)
      expect(sentence).toContain('list of processes')
      expect(sentence).not.toContain('hunter2')
    }
  })

  test('with half a place, or one that says too much', async () => {
    const to = async (place: string) => refusal('--from', source, '--to', place)
    expect(await to('mongodb://db/x')).toContain('where the queue is')
    expect(await to('kafka://a:1,b:2')).toContain('where the database is')
    expect(await to('kafka://a:1,b:2,kafka://c:3,mongodb://db/x')).toContain('more than one')
  })

  test('by a configuration file with a password that others can read', async () => {
    const file = join(scratch, 'open.json')
    writeFileSync(file, JSON.stringify({ databaseUrl: 'mongodb://me:hunter2@db/x' }))
    chmodSync(file, 0o644)
    const sentence = await refusal('--from', source, '--to', file)
    expect(sentence).toContain('chmod 600')
    expect(sentence).not.toContain('hunter2')
  })
})

test('takes a configuration file, and the settings in force, as a place', async () => {
  const [target, file] = [newFolder(), join(scratch, 'new.json')]
  writeFileSync(file, JSON.stringify({ dataDir: target, port: 8123 }), { mode: 0o600 })
  expect((await migrate('--from', source, '--to', file).finished).code).toBe(0)
  const env = { DATA_DIR: target }
  const verified = await runBinary(['migrate', '--from', source, '--to', 'env', '--verify'], env)
    .finished
  expect(verified.code).toBe(0)
  expect(verified.stdout).toContain(`to\tdatabase embedded in ${target}`)
})

test('leaves another session secret of the target alone, and says what that means', async () => {
  const target = newFolder()
  mkdirSync(target, { mode: 0o700 })
  writeFileSync(
    join(target, 'session-secret'),
    `${Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64url')}\n`,
    { mode: 0o600 },
  )
  const { code, stderr } = await migrate('--from', source, '--to', target).finished
  expect([code, stderr]).toEqual([0, expect.stringContaining('another session secret')])
})
