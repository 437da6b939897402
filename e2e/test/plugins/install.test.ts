import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Registry, startRegistry } from '@secure-chat/e2e/services'
import { cliJson, runCli } from '../../setup/cli.ts'
import { root } from '../../setup/paths.ts'
import { type Home, makeHome, removeHomes } from '../../setup/scratch.ts'

jest.setTimeout(120_000)

const fixtures = join(root, 'packages/cli/test/plugins/fixtures')

let registry: Registry
let home: Home

beforeAll(async () => {
  home = makeHome()
  registry = await startRegistry({ folder: join(home.folder, 'registry') })
  home = { ...home, env: { ...home.env, ...registry.env } }
})
afterAll(async () => {
  await registry.stop()
  removeHomes()
})

type Manifest = Record<string, unknown>

/** A package of the fixture with another manifest, in a folder of its own. */
function packageOf(fixture: string, name: string, change: Manifest = {}): string {
  const folder = join(home.folder, 'packages', `${name}-${String(change.version ?? '')}`)
  cpSync(join(fixtures, fixture), folder, { recursive: true })
  const path = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...manifest, name, ...change }))
  return folder
}

async function installed(): Promise<string[]> {
  const { plugins } = Object(await cliJson(home, ['plugins']))
  return plugins.map(
    (plugin: { name: string; version: string }) => `${plugin.name} ${plugin.version}`,
  )
}

/** What lies in the data folder of the program besides its profiles. */
function left(): string[] {
  const folder = join(home.folder, '.local/share/secure-chat/plugins')
  return existsSync(folder) ? readdirSync(folder) : []
}

async function removeAll(): Promise<void> {
  for (const entry of await installed()) {
    await cliJson(home, ['plugins', 'uninstall', entry.split(' ')[0] ?? ''])
  }
}

afterEach(removeAll)

describe('a plugin comes', () => {
  test.each(['registry', 'folder', 'tarball'])(
    'from a %s, and goes without a trace',
    async (from) => {
      const name = `secure-chat-plugin-from-${from}`
      const folder = packageOf('shout', name)
      if (from === 'registry') registry.publish(folder)
      const source = { registry: name, folder, tarball: await pack(folder) }[from] ?? ''
      const answer = Object(await cliJson(home, ['plugins', 'install', source]))
      expect(answer).toMatchObject({ name, version: '1.0.0', pinned: false })
      expect(await installed()).toEqual([`${name} 1.0.0`])
      const { stdout } = await runCli(home, ['help', 'greet'])
      expect(stdout).toContain('Greet somebody')
      expect(await cliJson(home, ['plugins', 'inspect', name])).toMatchObject({
        name,
        api: '^1',
        commands: ['greet'],
        chat: { name: 'shout', parts: ['transformOutgoing'] },
      })
      expect(await cliJson(home, ['plugins', 'uninstall', name])).toEqual({ name, removed: true })
      expect([await installed(), left()]).toEqual([[], []])
    },
  )

  test('with both halves: the CLI takes its own, and says that there is another', async () => {
    registry.publish(packageOf('poll', 'secure-chat-plugin-both'))
    await cliJson(home, ['plugins', 'install', 'secure-chat-plugin-both'])
    const details = await cliJson(home, ['plugins', 'inspect', 'secure-chat-plugin-both'])
    expect(details).toMatchObject({
      extends: ['cli', 'server'],
      chat: { slash_commands: ['poll', 'cheer'], kinds: ['x-poll'] },
    })
  })

  test('says with whose rights it runs, where it came from and how to pin it', async () => {
    const name = 'secure-chat-plugin-told'
    registry.publish(packageOf('shout', name))
    const { stderr, code } = await runCli(home, ['plugins', 'install', name])
    expect(code).toBe(0)
    expect(stderr).toContain('Plugins run with your rights')
    expect(stderr).toContain(registry.url)
    expect(stderr).toMatch(/--integrity sha512-\S{80,}/)
  })
})

test('a token in an address is kept for updates and shown to nobody', async () => {
  const name = 'secure-chat-plugin-private'
  registry.publish(packageOf('shout', name))
  const address = `${registry.url}${name}/-/${name}-1.0.0.tgz`.replace('//', '//me:s3cret-token@')
  const run = await runCli(home, ['plugins', 'install', address])
  expect(run.code).toBe(0)
  const again = await runCli(home, ['plugins', 'inspect', name, '--json'])
  const listed = await runCli(home, ['plugins', '--json'])
  const failed = await runCli(home, ['plugins', 'install', address.replace('1.0.0', '9.9.9')])
  expect(failed.code).not.toBe(0)
  for (const { stdout, stderr } of [run, again, listed, failed]) {
    expect(stdout + stderr).not.toContain('s3cret-token')
  }
  expect(await cliJson(home, ['plugins', 'update'])).toMatchObject({
    plugins: [{ name, state: 'unchanged' }],
  })
})

describe('a pinned one', () => {
  const name = 'secure-chat-plugin-pinned'

  test('is taken only with its hash, and no update replaces it', async () => {
    registry.publish(packageOf('shout', name))
    const wrong = `sha512-${'A'.repeat(86)}==`
    const refused = await runCli(home, ['plugins', 'install', name, '--integrity', wrong])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`${name} is not the package you pinned`)
    expect([await installed(), left()]).toEqual([[], []])
    const [, hash = ''] = /its hash is (\S+),/.exec(refused.stderr) ?? []
    const answer = await cliJson(home, ['plugins', 'install', name, '--integrity', hash])
    expect(answer).toMatchObject({ integrity: hash, pinned: true })
    registry.publish(packageOf('shout', name, { version: '1.1.0' }))
    expect(await cliJson(home, ['plugins', 'update'])).toEqual({
      plugins: [{ name, state: 'pinned', from: '1.0.0', to: '1.0.0' }],
    })
  })
})

describe('update', () => {
  const name = 'secure-chat-plugin-grows'

  test('fetches what is newer in the range that was named', async () => {
    registry.publish(packageOf('shout', name))
    await cliJson(home, ['plugins', 'install', `${name}@^1.0.0`])
    const same = await cliJson(home, ['plugins', 'update'])
    expect(same).toMatchObject({ plugins: [{ state: 'unchanged', to: '1.0.0' }] })
    registry.publish(packageOf('shout', name, { version: '1.2.0' }))
    registry.publish(packageOf('shout', name, { version: '2.0.0' }))
    const newer = await cliJson(home, ['plugins', 'update', name])
    expect(newer).toEqual({ plugins: [{ name, state: 'updated', from: '1.0.0', to: '1.2.0' }] })
    expect(await installed()).toEqual([`${name} 1.2.0`])
  })

  test('that fails leaves the old version in its place', async () => {
    const moving = 'secure-chat-plugin-moves-on'
    registry.publish(packageOf('shout', moving))
    await cliJson(home, ['plugins', 'install', moving])
    const secureChat = { api: '^2' }
    registry.publish(packageOf('shout', moving, { version: '1.3.0', secureChat }))
    const { code, stdout, stderr } = await runCli(home, ['plugins', 'update'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: `${moving}\tfailed\t1.0.0\t1.0.0\n` })
    expect(stderr).toContain('made for version ^2 of the plugin API')
    expect(await installed()).toEqual([`${moving} 1.0.0`])
    expect(left()).toEqual([moving])
  })
})

describe('an install that fails leaves nothing behind and says why', () => {
  const cases: ReadonlyArray<
    readonly [what: string, source: () => string, code: number, reason: string]
  > = [
    ['there is no such package', () => 'secure-chat-plugin-nowhere', 7, 'Not Found'],
    ['there is no such file', () => './nothing.tgz', 1, 'no such file'],
    ['it is no package', () => home.folder, 1, 'there is no package.json in it'],
    [
      'it is no plugin',
      () => packageOf('shout', 'left-pad', { oclif: {} }),
      1,
      'no plugin of secure-chat',
    ],
    [
      'it extends the server only',
      () => packageOf('server-only', 'secure-chat-plugin-s'),
      1,
      'the server only',
    ],
    [
      'it is for another API',
      () => packageOf('shout', 'late', { secureChat: { api: '^3' } }),
      1,
      'version ^3',
    ],
    [
      'its range is none',
      () => packageOf('shout', 'vague', { secureChat: { api: 'new' } }),
      1,
      'no range',
    ],
    [
      'its hook file is missing',
      () => packageOf('shout', 'bare', { oclif: { hooks: { 'chat:extend': './gone.js' } } }),
      1,
      'gone.js',
    ],
    [
      'it needs what nobody has',
      () => packageOf('shout', 'needy', { dependencies: { 'secure-chat-nowhere': '1' } }),
      7,
      'secure-chat-nowhere',
    ],
    [
      'it brings a command that is ours',
      () => {
        const folder = packageOf('shout', 'rival')
        cpSync(join(folder, 'lib/commands/greet.js'), join(folder, 'lib/commands/send.js'))
        return folder
      },
      1,
      'a command "send"',
    ],
  ]

  test.each(cases)('%s', async (_what, source, code, reason) => {
    const result = await runCli(home, ['plugins', 'install', source()])
    expect(result).toMatchObject({ code, stdout: '' })
    expect(result.stderr).toContain('was not installed, and nothing of it is left.')
    expect(result.stderr).toContain(reason)
    expect([await installed(), left()]).toEqual([[], []])
  })

  test('two that claim one slash command: the second is refused, the first stays', async () => {
    await cliJson(home, ['plugins', 'install', packageOf('poll', 'secure-chat-plugin-poll')])
    const env = { FAULT: 'slash-of-poll' }
    const rival = packageOf('faulty', 'secure-chat-plugin-faulty')
    const result = await runCli(home, ['plugins', 'install', rival], { env })
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/poll and the plugin faulty both claim \/poll/)
    expect(await installed()).toEqual(['secure-chat-plugin-poll 1.2.0'])
    expect(left()).toEqual(['secure-chat-plugin-poll'])
  })

  test('two that bring one command: the second is refused, and the first can be updated', async () => {
    const first = packageOf('shout', 'secure-chat-plugin-first')
    await cliJson(home, ['plugins', 'install', first])
    const result = await runCli(home, ['plugins', 'install', packageOf('shout', 'second')])
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(
      'second brings a command "greet", which the plugin secure-chat-plugin-first has already.',
    )
    expect(await cliJson(home, ['plugins', 'update'])).toMatchObject({
      plugins: [{ name: 'secure-chat-plugin-first', to: '1.0.0' }],
    })
    expect(left()).toEqual(['secure-chat-plugin-first'])
  })

  test('a folder to link whose package.json is none is named', async () => {
    const folder = packageOf('shout', 'garbled')
    writeFileSync(join(folder, 'package.json'), '{"name": "garb')
    for (const command of ['link', 'install']) {
      const result = await runCli(home, ['plugins', command, folder])
      expect(result).toMatchObject({ code: 1, stdout: '' })
      expect(result.stderr).toContain(folder)
      expect(result.stderr).not.toContain('bug in secure-chat')
    }
    expect([await installed(), left()]).toEqual([[], []])
  })

  test('no script of the package runs', async () => {
    const mark = join(home.folder, 'script-ran')
    const scripts = { preinstall: `touch ${mark}`, postinstall: `touch ${mark}` }
    await cliJson(home, ['plugins', 'install', packageOf('shout', 'scripted', { scripts })])
    expect(existsSync(mark)).toBe(false)
  })
})

async function pack(folder: string): Promise<string> {
  const { execFileSync } = await import('node:child_process')
  const env = { ...process.env, ...registry.env }
  const name = execFileSync('npm', ['pack', '--silent'], { cwd: folder, env, encoding: 'utf8' })
  return join(folder, name.trim())
}
