import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { root } from '../setup/paths.ts'
import { type Home, makeHome, removeHomes } from '../setup/scratch.ts'
import { freePort, killServers } from '../setup/server.ts'
import { openTerminal, type Terminal } from '../setup/terminal.ts'

jest.setTimeout(180_000)

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const open: Terminal[] = []

afterAll(() => {
  for (const terminal of open) terminal.kill('SIGKILL')
  killServers()
  removeHomes()
})

/** The commands of the shell block below the given mark. */
function commandsOf(mark: string): string[] {
  const block = readme.slice(readme.indexOf(mark)).match(/```sh\n([\s\S]*?)```/)?.[1]
  return block?.trim().split('\n') ?? []
}

/** A shell in the checkout, as the reader has it open. */
function shell(home: Home): Terminal {
  const terminal = openTerminal(home, '/bin/sh', [], { env: { PS1: '$ ', ENV: '' } })
  terminal.type(`cd ${root}\r`)
  open.push(terminal)
  return terminal
}

test('the quick start ends in a chat of two users, typed as it stands', async () => {
  const port = await freePort()
  const home = makeHome()
  Object.assign(home.env, {
    PORT: String(port),
    DATA_DIR: join(home.folder, 'data'),
    SECURE_CHAT_SERVER: `http://127.0.0.1:${port}`,
  })
  const [start = ''] = commandsOf('## Two commands')
  const server = shell(home)
  server.type(`${start.replace('npm install && ', '')}\r`)
  await server.until(`http://127.0.0.1:${port}`)
  await server.until('secure-chat register')

  const alice = shell(home)
  const bob = shell(home)
  const [registerAlice = '', registerBob = '', chatBob = ''] = commandsOf(
    '<!-- terminal: alice -->',
  )
  const [chatAlice = ''] = commandsOf('<!-- terminal: bob -->')
  for (const command of [registerAlice, registerBob]) {
    alice.type(`${command}\r`)
    await answerPasswords(alice, command.includes('bob') ? 'bob' : 'alice')
  }
  alice.type(`${chatBob}\r`)
  bob.type(`${chatAlice}\r`)
  await alice.until(/bob \[/)
  await bob.until(/alice \[/)
  alice.type('hello from the readme\r')
  await bob.until('alice: hello from the readme')
  bob.type('and back\r')
  await alice.until('bob: and back')
})

async function answerPasswords(terminal: Terminal, name: string): Promise<void> {
  const count = (pattern: RegExp) => [...terminal.raw().matchAll(pattern)].length
  const before = count(/fingerprint/gi)
  let answered = count(/password[^\n]*: ?/gi)
  while (count(/fingerprint/gi) === before) {
    const asked = count(/password[^\n]*: ?/gi)
    if (asked > answered) {
      answered = asked
      terminal.type(`a long password of ${name}\r`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('every page it links to is there', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target]) => target ?? '')
  const missing = links.filter(
    (target) => !target.includes('://') && !existsSync(join(root, target)),
  )
  expect(missing).toEqual([])
})
