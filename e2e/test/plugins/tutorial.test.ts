/** docs/plugins/tutorial.md, done as it stands by somebody who has Node and npm and nothing of ours. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { describeWithRegistry, startOurRegistry } from '../../setup/our-registry.ts'
import { isShown, type Step, stepsOf } from '../../setup/page-steps.ts'
import { root } from '../../setup/paths.ts'
import { type Home, makeHome } from '../../setup/scratch.ts'
import { freePort } from '../../setup/server.ts'
import { type Answers, openShell, type Shell } from '../../setup/shell.ts'
import { atTearDown, tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(600_000)

/** Installing takes half a minute on a quiet machine. */
const patienceMs = 240_000

const answers: Answers = [
  [/Ok to proceed\? \(y\) /, 'y'],
  [/password[^\n]*: ?/i, 'plain sailing weather'],
]

const steps = stepsOf(readFileSync(join(root, 'docs/plugins/tutorial.md'), 'utf8'))

describeWithRegistry('the tutorial', () => {
  let home: Home
  let reader: Shell
  const shells = new Map<string, Shell>()

  beforeAll(async () => {
    const bare = makeHome()
    const registry = await startOurRegistry(join(bare.folder, 'registry'))
    atTearDown(() => registry.stop())
    const port = await freePort()
    home = {
      ...bare,
      env: {
        ...bare.env,
        ...registry.env,
        ...quietNpm,
        PATH: pathOfReader(bare.env.PATH ?? ''),
        PORT: String(port),
        SECURE_CHAT_SERVER: `http://127.0.0.1:${port}`,
      },
    }
    reader = await open('reader', home.folder)
  })
  afterAll(tearDown)

  async function open(name: string, folder: string): Promise<Shell> {
    const shell = await openShell(home, folder, answers)
    atTearDown(() => shell.kill())
    shells.set(name, shell)
    return shell
  }

  async function whereReaderIs(): Promise<string> {
    const { text } = await reader.run('pwd')
    return /^\/.*\S/m.exec(text)?.[0] ?? ''
  }

  async function follow(step: Step): Promise<void> {
    if (step.kind === 'file') {
      const path = join(await whereReaderIs(), step.path)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, step.text)
      return
    }
    const [word, name = ''] = step.mark?.split(': ') ?? []
    if (word === 'terminal') return followInTerminal(name, step)
    if (word === 'stops') await shells.get(name)?.interrupt()
    let shown = ''
    for (const command of step.commands) {
      const { code, text } = await reader.run(command, patienceMs)
      shown += text
      if ((code !== 0) !== (word === 'fails')) throw new Error(`Exit code ${code}:\n${text}`)
    }
    requireShown(step.shown, shown)
  }

  async function followInTerminal(
    name: string,
    { commands, shown }: Extract<Step, { kind: 'commands' }>,
  ): Promise<void> {
    const shell = await open(name, await whereReaderIs())
    const [command = ''] = commands
    await shell.start(command, name === 'server' ? /listening on/ : /bob \[\w+\]/)
    const typed = shown.flatMap((line, at) => (line.startsWith('> ') ? [at] : []))
    for (const [index, at] of typed.entries()) {
      const expected = shown.slice(at + 1, typed[index + 1])
      await shell.type(shown[at]?.slice(2) ?? '', (screen) => isShown(expected, screen))
    }
  }

  test('every step of it does what it says', async () => {
    for (const [index, step] of steps.entries()) {
      await follow(step).catch((cause: unknown) => {
        throw new Error(`In step ${index + 1}, ${titleOf(step)}: ${cause}`, { cause })
      })
    }
  })

  test('what it leaves is a server with the published plugin, by its default config', async () => {
    await reader.run('cd ../secure-chat-plugin-postcard')
    const send = (text: string) => reader.run(`npx secure-chat send dave --profile carol ${text}`)
    for (const name of ['carol', 'dave']) {
      await reader.run(`npx secure-chat register ${name} --profile ${name}`)
    }
    expect(await send('"a few words"')).toMatchObject({ code: 0 })
    const refused = await send('"$(seq 9000)"')
    expect(refused.code).not.toBe(0)
    expect(refused.text).toContain('(rejected_by_plugin)')
  })
})

const quietNpm = {
  npm_config_update_notifier: 'false',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
}

/** Without the programs that `npm test` of this repository puts into it. */
function pathOfReader(path: string): string {
  const [nodeFolder = '', ...others] = path.split(':')
  const theirs = others.filter((folder) => !folder.startsWith(root))
  return [nodeFolder, ...theirs].join(':')
}

function requireShown(lines: readonly string[], text: string): void {
  if (!isShown(lines, text)) throw new Error(`The page shows\n${lines.join('\n')}\nnot\n${text}`)
}

function titleOf(step: Step): string {
  return step.kind === 'file' ? `the file ${step.path}` : step.commands.join('; ')
}
