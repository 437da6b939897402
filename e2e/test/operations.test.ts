/** docs/operations.md as it is typed: every command that can run here runs, in the order of a server's life. */
import { spawn, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { type Account, signUp } from '../setup/account.ts'
import { root } from '../setup/paths.ts'
import { makeHome, removeHomes } from '../setup/scratch.ts'
import { freePort } from '../setup/server.ts'

jest.setTimeout(60_000)

const page = readFileSync(join(root, 'docs/operations.md'), 'utf8')
const home = makeHome()
const places = {
  data: join(home.folder, 'data'),
  backups: join(home.folder, 'backups'),
  etc: join(home.folder, 'etc'),
}
const path = `${join(root, 'node_modules/.bin')}:${home.env.PATH}`
let port: number
let metricsPort: number
let running: { stop(): Promise<void> } | undefined
let alice: Account

beforeAll(async () => {
  port = await freePort()
  metricsPort = await freePort()
  mkdirSync(places.backups)
  mkdirSync(places.etc)
})

afterAll(async () => {
  await running?.stop()
  removeHomes()
})

type Block = { readonly mark: string; readonly name: string; readonly script: string }

const blocks: Block[] = [
  ...page.matchAll(/(?:<!-- (run|serve|not run): (.*?) -->\n)?```sh\n([\s\S]*?)```/g),
].map(([, mark = 'unmarked', name = '', script = '']) => ({ mark, name, script }))

const used = new Set<string>()

/** The block with the folders and ports of this test in the place of the page's. */
function scriptOf(mark: string, name: string): string {
  const block = blocks.find((one) => one.mark === mark && one.name === name)
  if (!block) throw new Error(`docs/operations.md has no block "${mark}: ${name}"`)
  used.add(`${mark}: ${name}`)
  return block.script
    .replaceAll('/var/lib/secure-chat', places.data)
    .replaceAll('/var/backups/secure-chat', places.backups)
    .replaceAll('/etc/secure-chat', places.etc)
    .replaceAll(':8000', `:${port}`)
    .replaceAll('9464', String(metricsPort))
}

function environment(): Record<string, string> {
  return { ...home.env, PATH: path, PORT: String(port), DATA_DIR: places.data }
}

function run(name: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', scriptOf('run', name)], {
    env: environment(),
    cwd: home.folder,
    encoding: 'utf8',
  })
  expect({ name, status, stderr: status === 0 ? '' : stderr }).toEqual({
    name,
    status: 0,
    stderr: '',
  })
  return stdout
}

async function serve(name: string): Promise<void> {
  await running?.stop()
  const script = scriptOf('serve', name).replace('secure-chat-server', 'exec secure-chat-server')
  const child = spawn('sh', ['-eu', '-c', script], {
    env: environment(),
    cwd: home.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  running = {
    stop() {
      child.kill('SIGTERM')
      running = undefined
      return exited
    },
  }
  let written = ''
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        written += text
        if (written.includes('server.started')) resolve()
      })
    }
    void exited.then(() => reject(new Error(`${name}: ${written}`)))
  })
}

const url = () => `http://127.0.0.1:${port}`
const texts = async (account: Account) => {
  const { body } = await account.call('GET', '/chat/messages')
  const messages = Array.isArray(body.messages) ? body.messages : []
  return messages.filter(({ type }) => type === 'CHAT_MESSAGE').map(({ message }) => message)
}

test('it starts as shown, is healthy, and shows its metrics and settings', async () => {
  await serve('start')
  expect(run('health')).toBe('{"status":"OK"}{"status":"OK"}')
  const metrics = run('metrics')
  for (const name of documented('metrics')) {
    expect(metrics).toContain(name.replace(/\*$/, ''))
  }
  const own = [...metrics.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name ?? '')
  const known = documented('metrics')
  const isKnown = (name: string) =>
    known.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : one === name))
  expect(own.filter((name) => !isKnown(name))).toEqual([])
  expect(run('config')).toContain(`DATA_DIR=${places.data}`)
  expect(run('room')).toContain('users.sqlite')
})

test('accounts are listed, suspended, resumed and removed beside it', async () => {
  alice = await signUp(url(), 'alice')
  const bob = await signUp(url(), 'bob')
  const carol = await signUp(url(), 'carol')
  expect(run('accounts')).toMatch(/^alice\tactive\t.*\nbob\tactive\t.*\ncarol\tactive\t/)
  // Followed within 2 s; until then a session may still be in the server's memory.
  for (const gone of [bob, carol]) await untilStatus(401, () => gone.call('GET', '/chat/messages'))
  expect(await bob.signInAgain()).toMatchObject({ name: 'bob' })
  await untilStatus(404, () => alice.call('GET', '/chat/carol/publickey'))
})

async function untilStatus(status: number, ask: () => Promise<{ status: number }>): Promise<void> {
  while ((await ask()).status !== status) await new Promise((resolve) => setTimeout(resolve, 100))
}

test('a backup of the running server restores what it held, and people stay signed in', async () => {
  const { status } = await alice.call('POST', '/chat/alice', { message: 'before the copy' })
  expect(status).toBe(200)
  run('backup')
  await alice.call('POST', '/chat/alice', { message: 'after the copy' })
  await running?.stop()
  run('restore')
  await serve('start')
  expect(await texts(alice)).toEqual(['before the copy'])
  await alice.call('POST', '/chat/alice', { message: 'after the restore' })
  expect(await texts(alice)).toEqual(['before the copy', 'after the restore'])
})

test('a rotated secret keeps old sessions until it is dropped', async () => {
  run('rotate')
  await serve('rotated')
  expect(await alice.call('GET', '/chat/users')).toMatchObject({ status: 200 })
  const later = await alice.signInAgain()
  run('drop-old')
  await serve('rotated')
  expect(await alice.call('GET', '/chat/users')).toMatchObject({ code: 'token_invalid' })
  expect(await later.call('GET', '/chat/users')).toMatchObject({ status: 200 })
})

test('it serves TLS with the certificate made as shown', async () => {
  run('certificate')
  await serve('tls')
  expect(run('over-tls')).toBe('{"status":"OK"}')
  await running?.stop()
})

describe('the page', () => {
  test('has no command that was neither run here nor says why not', () => {
    const open = blocks
      .filter(({ mark, name }) => mark !== 'not run' && !used.has(`${mark}: ${name}`))
      .map(({ mark, name, script }) => `${mark}: ${name}\n${script}`)
    expect(open).toEqual([])
  })

  test('lists every setting with what holds unless it is set', () => {
    const { stdout } = spawnSync('secure-chat-server', ['config'], {
      env: { ...home.env, PATH: path },
      cwd: home.folder,
      encoding: 'utf8',
    })
    const inForce = stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(`=${home.folder}/data`, '=./data'))
    const rows = [...tableOf('settings').matchAll(/^\| `(\w+)` \| (?:`(.*?)`)? ?\| \S/gm)]
    expect(rows.map(([, name, fallback = '']) => `${name}=${fallback}`)).toEqual(inForce)
  })

  test('lists every event of the log', () => {
    const sources = globSync(join(root, 'packages/server/src/**/*.ts'))
    const events = sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bevent: '([a-z_]+\.[a-z_]+)',?.*$/gm)].map(
        ([, name]) => name ?? '',
      ),
    )
    expect(documented('events').sort()).toEqual([...new Set(events)].sort())
  })

  test('shows a unit and proxies that keep to its own rules', () => {
    const names = documented('settings')
    for (const [, name] of page.matchAll(/^Environment=(\w+)=/gm)) expect(names).toContain(name)
    expect(page).toMatch(/proxy_pass http:\/\/127\.0\.0\.1:8000;/)
    expect(page).toContain('proxy_buffering off;')
    expect(page).toContain('flush_interval -1')
  })
})

function tableOf(mark: string): string {
  return page.split(`<!-- ${mark} -->`)[1]?.split('\n\n')[0] ?? ''
}

/** The names in the first column of a marked table. */
function documented(mark: string): string[] {
  return [...tableOf(mark).matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''),
  )
}
