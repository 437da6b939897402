/** Engines that plugins bring, under the commands that work without a server: each a process of its own. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jest } from '@jest/globals'
import type { UserName } from '@secure-chat/protocol'
import { openSqliteDatabase, openSqliteQueue } from '../../src/drivers/sqlite/index.ts'
import { systemClock } from '../../src/ops/system-clock.ts'
import { record } from '../drivers/queue-rules/kit.ts'
import { account } from '../drivers/user-rules/kit.ts'
import { makePackageFolder, type PackageFolder } from '../plugins/support/package-folder.ts'
import { runBinary } from './support.ts'

jest.setTimeout(120_000)

const sourceOf = (path: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)))

/** The embedded engines under schemes of their own, in the folder that the URL names; it says when it is closed. */
const engines = `
  import { writeFileSync } from 'node:fs'
  import { openSqliteDatabase, openSqliteQueue } from ${sourceOf('drivers/sqlite/index.ts')}
  import { systemClock as clock } from ${sourceOf('ops/system-clock.ts')}
  let opened = ''
  export default {
    name: 'engines',
    apiVersion: 1,
    capabilities: ['databaseDriver', 'queueDriver'],
    create: () => ({
      databaseDriver: {
        scheme: 'own-database',
        open: (url) => {
          opened = url.pathname
          return openSqliteDatabase({ dir: url.pathname, clock })
        },
      },
      queueDriver: {
        scheme: 'own-queue',
        open: (url) => openSqliteQueue({ dir: url.pathname, clock }),
      },
      close: () => writeFileSync(opened + '/closed', ''),
    }),
  }`

let folder: PackageFolder
let source: string
let target: string
/** Of the target, with the plugin. */
let file: string

beforeEach(async () => {
  folder = makePackageFolder()
  folder.add('engines', { module: engines })
  folder.add('bystander', {
    module: `import { writeFileSync } from 'node:fs'
      export default { name: 'bystander', apiVersion: 1, capabilities: ['onSignedIn'],
        create() { writeFileSync(${JSON.stringify(join(folder.path, 'bystander-made'))}, ''); return { onSignedIn() {} } } }`,
  })
  source = join(folder.path, 'source')
  target = join(folder.path, 'target')
  for (const dir of [source, target]) mkdirSync(dir, { mode: 0o700 })
  file = join(folder.path, 'target.json')
  const settings = {
    dataDir: join(folder.path, 'beside'),
    databaseUrl: `own-database://here${target}`,
    queueUrl: `own-queue://here${target}`,
    plugins: ['bystander', 'engines'],
  }
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 })
  await fill(source)
})
afterEach(() => folder.remove())

async function fill(dir: string): Promise<void> {
  const database = await openSqliteDatabase({ dir, clock: systemClock })
  const queue = await openSqliteQueue({ dir, clock: systemClock })
  for (const name of ['alice', 'bob'] as UserName[]) {
    await database.users.create(account(name))
    for (const text of ['1', '2', '3']) await queue.enqueue(name, record(`${name} ${text}`))
  }
  await database.close()
  await queue.close()
}

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runBinary(args, { DATA_DIR: folder.path, ...env }).finished

test('`migrate` copies into engines of plugins and out of them, and closes the plugins', async () => {
  const there = await run(['migrate', '--from', source, '--to', file])
  expect([there.code, there.stderr]).toEqual([
    0,
    expect.stringContaining('Both sides are the same.'),
  ])
  expect(there.stdout).toMatch(/^users\t2\t2\t([0-9a-f]{16})\t\1\tequal$/m)
  expect(there.stdout).toMatch(/^messages\t6\t6$/m)
  expect(existsSync(join(target, 'closed'))).toBe(true)
  expect(existsSync(join(folder.path, 'bystander-made'))).toBe(false)

  const back = join(folder.path, 'back')
  const again = await run(['migrate', '--from', file, '--to', back])
  expect([again.code, again.stderr]).toEqual([
    0,
    expect.stringContaining('Both sides are the same.'),
  ])
  expect((await run(['migrate', '--from', file, '--to', back, '--verify'])).code).toBe(0)
})

test('`migrate` takes the URLs of engines of plugins, the database before the queue', async () => {
  const env = { SECURE_CHAT_CONFIG: file }
  const urls = `own-database://here${target},own-queue://here${target}`
  const { code, stderr } = await run(['migrate', '--from', source, '--to', urls], env)
  expect([code, stderr]).toEqual([0, expect.stringContaining('Both sides are the same.')])
  const alone = await run(
    ['migrate', '--from', source, '--to', `own-queue://here${target},./x`],
    env,
  )
  expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining('own-queue://')])
  expect(alone.stderr).toContain('FILE.json')
})

test('`migrate` between an engine of a plugin and one that nobody brings names the scheme alone', async () => {
  const env = { SECURE_CHAT_CONFIG: file }
  const urls = `nowhere://here/canary,own-queue://here${target}`
  const { code, stderr } = await run(['migrate', '--from', source, '--to', urls], env)
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('DATABASE_URL names a database by nowhere://'),
  ])
  expect(stderr).not.toContain('canary')
})

test('`users` works on a database of a plugin, and makes no other plugin', async () => {
  expect((await run(['migrate', '--from', source, '--to', file])).code).toBe(0)
  const env = { SECURE_CHAT_CONFIG: file }
  const list = await run(['users', 'list'], env)
  expect([list.code, list.stderr]).toEqual([0, ''])
  expect(list.stdout).toMatch(/^alice\tactive\t.*\nbob\tactive\t.*\n$/)
  expect((await run(['users', 'suspend', 'bob'], env)).code).toBe(0)
  expect((await run(['users', 'list'], env)).stdout).toContain('bob\tsuspended')
  expect(existsSync(join(folder.path, 'bystander-made'))).toBe(false)
})

test('`users` does without the plugin of the queue, which it does not open', async () => {
  const env = { QUEUE_URL: 'gone://broker', PLUGINS: 'not-installed', DATA_DIR: source }
  const { code, stdout } = await run(['users', 'list'], env)
  expect([code, stdout]).toEqual([0, expect.stringContaining('alice\tactive')])
})
