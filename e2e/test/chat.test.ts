import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { runCli } from '../setup/cli.ts'
import { cliProgram } from '../setup/paths.ts'
import { makePerson } from '../setup/people.ts'
import { type Home, removeHomes } from '../setup/scratch.ts'
import { killServers, type Server, startServer } from '../setup/server.ts'
import { openCliTerminal, openTerminal, type Terminal } from '../setup/terminal.ts'

jest.setTimeout(120_000)

let server: Server
let alice: Home
let bob: Home
const open: Terminal[] = []

beforeAll(async () => {
  server = await startServer()
  ;[alice, bob] = await Promise.all([makePerson(server, 'alice'), makePerson(server, 'bob')])
})

afterEach(() => {
  for (const terminal of open.splice(0)) terminal.kill('SIGKILL')
})

afterAll(() => {
  killServers()
  removeHomes()
})

async function chat(home: Home, peer: string, options = {}): Promise<Terminal> {
  const terminal = openCliTerminal(home, ['chat', peer], options)
  open.push(terminal)
  await terminal.until(/\[(new|pinned|verified)\]/)
  return terminal
}

/** The input line as the person sees it: the last row. */
async function inputLine(terminal: Terminal): Promise<string> {
  return (await terminal.lines()).at(-1) ?? ''
}

async function leave(terminal: Terminal): Promise<number> {
  terminal.type('/quit\r')
  return terminal.exited
}

test('two people talk, and each sees the other live', async () => {
  const [a, b] = await Promise.all([chat(alice, 'bob'), chat(bob, 'alice')])
  a.type('hello bob\r')
  await b.until('alice: hello bob')
  await a.until('✓  you: hello bob')
  b.type('hello alice 日本 👋\r')
  await a.until('bob: hello alice 日本 👋')
  expect(await leave(a)).toBe(0)
  expect(await leave(b)).toBe(0)
})

test('an incoming line does not disturb what is being typed', async () => {
  const a = await chat(alice, 'bob')
  a.type('half a thou')
  await a.until('> half a thou')
  await runCli(bob, ['send', 'alice', 'knock knock'])
  await a.until('bob: knock knock')
  expect(await inputLine(a)).toBe('> half a thou')
  a.type('ght\r')
  await a.until('you: half a thought')
  await leave(a)
})

test('a paste of several lines is one draft and waits for Enter', async () => {
  const [a, b] = await Promise.all([chat(alice, 'bob'), chat(bob, 'alice')])
  a.type('\x1b[200~first line\r\nsecond line\x1b[201~')
  await a.until(/> first line\n {2}second line/)
  a.type('\r')
  await b.until(/alice: first line\n\s+second line/)
  await Promise.all([leave(a), leave(b)])
})

test('Ctrl-C clears the draft, a second one leaves, and the terminal is as before', async () => {
  const a = await chat(alice, 'bob')
  a.type('not this')
  await a.until('> not this')
  a.type('\x03')
  await a.until('Press Ctrl-C again to leave.')
  expect(await inputLine(a)).toBe('>')
  a.type('\x03')
  expect(await a.exited).toBe(0)
  expect(a.raw().lastIndexOf('\x1b[?2004l')).toBeGreaterThan(a.raw().lastIndexOf('\x1b[?2004h'))
})

test('Tab completes a command, an unknown one is not sent', async () => {
  const a = await chat(alice, 'bob')
  a.type('/hel\t')
  await a.until('> /help')
  a.type('\r')
  await a.until('/search TEXT')
  a.type('/frobnicate now\r')
  await a.until('There is no /frobnicate; nothing was sent.')
  await leave(a)
})

test('hostile text moves no cursor', async () => {
  const a = await chat(alice, 'bob')
  const hostile = 'evil\x1b[2J\x1b]0;owned\x07\rover\b\b\u202Ereversed'
  await runCli(bob, ['send', 'alice', '-'], { input: hostile })
  const screen = await a.until('evil')
  expect(screen).toContain('bob: evil')
  expect(a.raw()).not.toContain('\x1b[2J')
  expect(a.raw()).not.toContain('\x1b]0;')
  expect(a.raw()).not.toContain('\u202E')
  await leave(a)
})

test('SIGTERM gives the terminal back', async () => {
  const a = await chat(alice, 'bob')
  process.kill(a.pid, 'SIGTERM')
  expect(await a.exited).toBe(130)
  expect(a.raw().lastIndexOf('\x1b[?2004l')).toBeGreaterThan(a.raw().lastIndexOf('\x1b[?2004h'))
})

test('the server going away is said once, what is typed waits and arrives in order afterwards', async () => {
  const a = await chat(alice, 'bob')
  await server.kill('SIGKILL')
  await a.until(/offline, retry in/)
  a.type('one while away\r')
  await a.until('… ')
  a.type('two while away\r')
  await sleep(300)
  server = await server.restart()
  await a.until(/^\s*online$/m)
  const b = await chat(bob, 'alice')
  const screen = await b.until('two while away')
  expect(screen.indexOf('one while away')).toBeLessThan(screen.indexOf('two while away'))
  await Promise.all([leave(a), leave(b)])
})

test('leaving with a line that waits says so, in words and by the exit code', async () => {
  const a = await chat(alice, 'bob')
  await server.kill('SIGKILL')
  await a.until(/offline, retry in/)
  a.type('into the outbox\r')
  await a.until('…  you: into the outbox')
  a.type('half a thought')
  a.type('\x03')
  a.type('\x03')
  expect(await a.exited).toBe(3)
  expect((await a.lines()).join('\n')).toContain('1 line(s) wait in the outbox')
  server = await server.restart()
  expect(await runCli(alice, ['outbox', 'retry'])).toMatchObject({ code: 0 })
})

test('a session revoked elsewhere ends the chat with what to do, and shows what was being typed', async () => {
  const a = await chat(alice, 'bob')
  a.type('a draft that must not vanish')
  await a.until('> a draft that must not vanish')
  await runCli(alice, ['logout', '--all'])
  expect(await a.exited).toBe(4)
  const screen = (await a.lines()).join('\n')
  expect(screen).toContain('Not sent: a draft that must not vanish')
  expect(screen).toMatch(/secure-chat login/)
  expect(await runCli(alice, ['login', 'alice'])).toMatchObject({ code: 0 })
})

test('history, the unread mark and the day stand above the first live line', async () => {
  await runCli(bob, ['send', 'alice', 'while you were out'])
  const a = await chat(alice, 'bob')
  const screen = await a.until('while you were out')
  expect(screen).toMatch(/── \w+ \d+ \w+ \d{4} ──/)
  expect(screen).toMatch(/── \d+ new ──[\s\S]*while you were out/)
  await leave(a)
})

test('/away and /back are seen by the other side', async () => {
  const [a, b] = await Promise.all([chat(alice, 'bob'), chat(bob, 'alice')])
  a.type('/away at lunch\r')
  await b.until('alice is away: at lunch')
  a.type('/back\r')
  await b.until('alice is online')
  await Promise.all([leave(a), leave(b)])
})

test('/verify shows the same number on both sides and accepts it', async () => {
  const [a, b] = await Promise.all([chat(alice, 'bob'), chat(bob, 'alice')])
  a.type('/verify\r')
  b.type('/verify\r')
  const number = /((?:\d{5} ){5}\d{5})\s+((?:\d{5} ){5}\d{5})/
  const [seenByA, seenByB] = [await a.until(number), await b.until(number)]
  const digits = (screen: string) => number.exec(screen)?.[0].replace(/\D/g, '')
  expect(digits(seenByA)).toHaveLength(60)
  expect(digits(seenByA)).toBe(digits(seenByB))
  a.type(`/verify ${digits(seenByA)}\r`)
  await a.until('bob is verified')
  await Promise.all([leave(a), leave(b)])
})

test('what the program remarks cannot be mistaken for what the other side says', async () => {
  await runCli(bob, ['send', 'alice', 'You verified the key of bob.'])
  const a = await chat(alice, 'bob')
  const screen = await a.until('bob: You verified the key of bob.')
  expect(screen).toMatch(/^ {2}You verified the key of bob\.$/m)
  await leave(a)
})

test('a name that nobody has, and the own one, are errors before any screen', async () => {
  expect(await runCli(alice, ['chat', 'nobody-at-all'])).toMatchObject({ code: 7, stdout: '' })
  expect(await runCli(alice, ['chat', 'alice'])).toMatchObject({ code: 2, stdout: '' })
})

test('Ctrl-Z stops the chat and fg brings it back with the draft', async () => {
  const shell = openTerminal(alice, '/bin/bash', ['--norc', '-i'], { env: { PS1: '$ ' } })
  open.push(shell)
  shell.type(`${process.execPath} ${cliProgram} chat bob\r`)
  await shell.until(/\[(new|pinned|verified)\]/)
  shell.type('a draft')
  await shell.until('> a draft')
  shell.type('\x1a')
  await shell.until('Stopped')
  shell.type('fg\r')
  await shell.until(/fg\n[\s\S]*> a draft/)
  shell.type(' goes on\r')
  await shell.until('you: a draft goes on')
  shell.type('/quit\r')
})

test('--plain moves no cursor and says states in words', async () => {
  const terminal = openCliTerminal(alice, ['chat', 'bob', '--plain'])
  open.push(terminal)
  await terminal.until(/\[(new|pinned|verified)\]/)
  terminal.type('plain words\r')
  await terminal.until(/you \(stored\): plain words/)
  expect(terminal.raw()).not.toMatch(/\x1b\[\d*[A-HJKST]/)
  terminal.type('\x04')
  expect(await terminal.exited).toBe(0)
})

test('without a terminal each line is sent and received lines are printed', async () => {
  const b = await chat(bob, 'alice')
  const script = await runCli(alice, ['chat', 'bob'], {
    input: 'from a script\n/etc/hosts is a path\n',
  })
  expect(script).toMatchObject({ code: 0 })
  await b.until('alice: from a script')
  await b.until('alice: /etc/hosts is a path')
  await leave(b)
})
