import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { cliJson, runCli } from '../../setup/cli.ts'
import { root } from '../../setup/paths.ts'
import { makePerson } from '../../setup/people.ts'
import { type Home, removeHomes } from '../../setup/scratch.ts'
import { killServers, type Server, startServer } from '../../setup/server.ts'
import { openCliTerminal, type Terminal } from '../../setup/terminal.ts'

jest.setTimeout(120_000)

/** Alice has plugins, Bob has none. */
let server: Server
let alice: Home
let bob: Home
const open: Terminal[] = []

beforeAll(async () => {
  server = await startServer()
  ;[alice, bob] = await Promise.all([makePerson(server, 'alice'), makePerson(server, 'bob')])
})

afterEach(async () => {
  for (const terminal of open.splice(0)) terminal.kill('SIGKILL')
  const { plugins } = Object(await cliJson(alice, ['plugins']))
  for (const { name } of plugins) await cliJson(alice, ['plugins', 'uninstall', name])
})

afterAll(() => {
  killServers()
  removeHomes()
})

async function link(fixture: 'poll' | 'faulty'): Promise<void> {
  const folder = join(alice.folder, fixture)
  cpSync(join(root, 'packages/cli/test/plugins/fixtures', fixture), folder, { recursive: true })
  await cliJson(alice, ['plugins', 'link', folder])
}

async function chat(home: Home, peer: string, options = {}): Promise<Terminal> {
  const terminal = openCliTerminal(home, ['chat', peer], options)
  open.push(terminal)
  await terminal.until(/\[(new|pinned|verified)\]/)
  return terminal
}

async function inputLine(terminal: Terminal): Promise<string> {
  return (await terminal.lines()).at(-1) ?? ''
}

describe('a plugin in the chat', () => {
  test('adds a slash command with completion, and a kind that only those with the plugin read', async () => {
    await link('poll')
    const [a, b] = await Promise.all([chat(alice, 'bob'), chat(bob, 'alice')])
    a.type('/po\t')
    await a.until('> /poll')
    a.type('"tea or coffee?" te\t')
    await a.until('> /poll "tea or coffee?" tea')
    a.type('coffee\r')
    await a.until('you: POLL tea or coffee? [tea/coffee]')
    await b.until('alice: a message of kind x-poll (plugin needed)')
    await a.until(/poll: asked bob as alice: tea or coffee\? \[tea\/coffee\]\\u\{1b\}\[31m/)
    expect(a.raw()).toContain('\x1b[1mPOLL\x1b[22m')
    a.type('/help\r')
    await a.until(/\/poll +ask something.*\(poll\)/)
    a.type('/poll\r')
    await a.until('The plugin poll failed in /poll: a question is missing.')
  })

  test('changes and hides what comes in, in the history that /history shows too', async () => {
    await runCli(bob, ['send', 'alice', 'before :)'])
    await link('poll')
    const a = await chat(alice, 'bob')
    await a.until('bob: before ☺')
    await runCli(bob, ['send', 'alice', 'nobody sees (secret)'])
    await runCli(bob, ['send', 'alice', 'after :)'])
    await a.until('bob: after ☺')
    a.type('/history 10\r')
    const screen = await a.until(/── end ──/)
    expect(screen).not.toContain('(secret)')
    expect(screen).not.toContain(':)')
  })

  test('is told what happens, and says it under its name', async () => {
    await link('poll')
    const a = await chat(alice, 'bob')
    await a.until(/poll: opened with bob, key (pinned|new)/)
    await runCli(bob, ['presence', 'set', 'busy'])
    await a.until('poll: bob went busy')
    a.type('/quit\r')
    expect(await a.exited).toBe(0)
    expect((await a.lines()).join('\n')).toContain('poll: closed')
  })

  test('hears of a new key, and whether the old one vouches for it', async () => {
    await link('poll')
    const a = await chat(alice, 'bob')
    const password = bob.env.SECURE_CHAT_PASSWORD_FILE ?? ''
    const replaced = await runCli(bob, ['keys', 'replace', '--password-file', password])
    expect(replaced.code).toBe(0)
    await runCli(bob, ['send', 'alice', 'under the new key'])
    await a.until('poll: new key of bob, proved: true')
  })
})

describe('a plugin that fails in the chat', () => {
  const withFault = (FAULT: string) => chat(alice, 'bob', { env: { FAULT } })

  test.each(['outgoing-throws', 'outgoing-hangs'])(
    '%s: nothing is sent, the text stays in the prompt',
    async (fault) => {
      await link('faulty')
      const a = await withFault(fault)
      a.type('precious words\r')
      await a.until('The plugin faulty failed in transformOutgoing')
      await a.until(/> precious words$/)
      expect(await inputLine(a)).toBe('> precious words')
      const { stdout } = await runCli(bob, ['messages', 'alice'])
      expect(stdout).not.toContain('precious')
    },
  )

  test('incoming: a notice stands in place of the message', async () => {
    await link('faulty')
    const a = await withFault('incoming-throws')
    await runCli(bob, ['send', 'alice', 'unfiltered words'])
    await a.until('A message from bob is not shown. The plugin faulty failed in')
    expect((await a.lines()).join('\n')).not.toContain('unfiltered')
  })

  test('what it prints steers no terminal', async () => {
    await link('faulty')
    const a = await withFault('renderer-escapes')
    await runCli(bob, ['send', 'alice', 'plain words'])
    await a.until(/bob: \\u\{1b\}\[2J\\u\{1b\}\]0;owned\\u\{7\}plain words/)
    expect(a.raw()).not.toMatch(/\x1b\[2J|\x1b\]0;/)
  })

  test('events and slash commands: a notice that names it, and the chat goes on', async () => {
    await link('faulty')
    const a = await withFault('events-throw')
    await a.until('The plugin faulty failed in on.opened: on purpose.')
    a.type('still here\r')
    await a.until('✓  you: still here')
    const b = await withFault('slash-throws')
    b.type('/oops\r')
    await b.until('The plugin faulty failed in /oops: on purpose.')
  })

  test('a command of the chat itself: fatal, and --no-plugins goes on without', async () => {
    await link('faulty')
    const env = { FAULT: 'slash-of-ours' }
    const a = openCliTerminal(alice, ['chat', 'bob'], { env })
    open.push(a)
    await a.until(/secure-chat itself and the plugin faulty both claim \/help/)
    expect(await a.exited).toBe(1)
    const b = openCliTerminal(alice, ['chat', 'bob', '--no-plugins'], { env })
    open.push(b)
    await b.until(/\[(new|pinned|verified)\]/)
  })
})
