/** The new plugins of one half, and the questions of `npm create secure-chat-plugin`; both halves: tutorial.test.ts. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { cliJson } from '../../setup/cli.ts'
import { root } from '../../setup/paths.ts'
import { type Home, makeHome } from '../../setup/scratch.ts'
import { startServer } from '../../setup/server.ts'
import { atTearDown, tearDown } from '../../setup/tear-down.ts'
import { openTerminal, type Terminal } from '../../setup/terminal.ts'

jest.setTimeout(240_000)

const program = join(root, 'packages/create-plugin/bin/create.js')
const run = promisify(execFile)

afterAll(tearDown)

describe('a new plugin of one half is built and tested by its own scripts', () => {
  /** With what this repository has installed in place of `npm install`. */
  async function create(home: Home, half: 'server' | 'cli'): Promise<string> {
    const options = { cwd: home.folder, env: home.env }
    await run(process.execPath, [program, 'sample', `--${half}`], options)
    const folder = join(home.folder, 'secure-chat-plugin-sample')
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const script of ['typecheck', 'build', 'test']) {
      await run('npm', ['run', script], { ...options, cwd: folder })
    }
    return folder
  }

  test('the server’s, which a server then runs', async () => {
    const folder = await create(makeHome(), 'server')
    const server = await startServer({ PLUGINS: folder })
    expect(server.log()).toMatch(/"event":"plugin\.started","plugin":"sample"/)
    await server.stop()
  })

  test('the command line’s, which it then lists', async () => {
    const home = makeHome()
    const folder = await create(home, 'cli')
    await cliJson(home, ['plugins', 'link', folder])
    expect(await cliJson(home, ['plugins'])).toMatchObject({
      plugins: [{ name: 'secure-chat-plugin-sample', type: 'link', problem: null }],
    })
    expect(await cliJson(home, ['plugins', 'inspect', 'secure-chat-plugin-sample'])).toMatchObject({
      extends: ['cli'],
      chat: { name: 'sample', parts: ['transformOutgoing'], slash_commands: ['sample'] },
    })
  })
})

describe('at a terminal', () => {
  function open(home: Home, ...args: string[]): Terminal {
    const terminal = openTerminal(home, process.execPath, [program, ...args])
    atTearDown(() => terminal.kill('SIGKILL'))
    return terminal
  }
  const down = '\x1b[B'

  test('asks for name and halves, and again for a name that is none', async () => {
    const home = makeHome()
    const terminal = open(home)
    await terminal.until('What is it called?')
    terminal.type('Quiet Hours\r')
    await terminal.until('cannot be the name of a plugin')
    terminal.type('\x7f'.repeat(11))
    terminal.type('quiet-hours\r')
    await terminal.until('What does it extend?')
    terminal.type(`${down}\r`)
    await terminal.until('npx secure-chat-server start')
    expect(await terminal.exited).toBe(0)
    const folder = join(home.folder, 'secure-chat-plugin-quiet-hours')
    expect(readdirSync(join(folder, 'src'))).toEqual(['server.ts'])
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({
      name: 'secure-chat-plugin-quiet-hours',
      secureChat: { server: './dist/server.js' },
    })
  })

  test('asks for nothing that was typed', async () => {
    const home = makeHome()
    const terminal = open(home, 'secure-chat-plugin-loud', '--both')
    expect(await terminal.exited).toBe(0)
    expect((await terminal.lines()).join('\n')).not.toContain('?')
    expect(readdirSync(join(home.folder, 'secure-chat-plugin-loud/src')).sort()).toEqual([
      'chat.ts',
      'server.ts',
    ])
  })

  test('Ctrl-C at a question: nothing is written', async () => {
    const home = makeHome()
    const terminal = open(home, 'loud')
    await terminal.until('What does it extend?')
    terminal.type('\x03')
    await terminal.until('Nothing was written.')
    expect(await terminal.exited).toBe(130)
    expect(existsSync(join(home.folder, 'secure-chat-plugin-loud'))).toBe(false)
  })
})
