import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openTerminal } from '../support/terminal.ts'
import { makeWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await makeWorld(['alice', 'bob'])
}, 60_000)
afterAll(() => world.close())

describe('at a terminal', () => {
  test('a password is asked for twice, and nothing of it is shown', async () => {
    const terminal = openTerminal(world.home, ['register', 'zoe', '--profile', 'zoe'])
    await terminal.see('password')
    terminal.type('correcy\x7ft horse battery\r')
    await terminal.see('again')
    terminal.type('correct horse battery\r')
    expect(await terminal.exit).toBe(0)
    expect(terminal.screen()).not.toContain('horse')
    expect(terminal.screen()).toContain('fingerprint')
    const login = openTerminal(world.home, ['login', 'zoe', '--profile', 'zoe'])
    await login.see('Password of zoe:')
    login.type('correct horse battery\r')
    expect(await login.exit).toBe(0)
  })

  test('two different passwords register nobody', async () => {
    const terminal = openTerminal(world.home, ['register', 'yan', '--profile', 'yan'])
    await terminal.see('password')
    terminal.type('correct horse battery\r')
    await terminal.see('again')
    terminal.type('correct horse batter\r')
    expect(await terminal.exit).toBe(2)
  })

  test('Ctrl-C at a prompt ends with 130', async () => {
    const terminal = openTerminal(world.home, ['login', 'alice', '--profile', 'alice'])
    await terminal.see('Password')
    terminal.type('half a pass\x03')
    expect(await terminal.exit).toBe(130)
    expect(terminal.screen()).not.toContain('half')
  })

  test('--no-input asks nothing there either', async () => {
    const terminal = openTerminal(world.home, [
      'login',
      'alice',
      '--profile',
      'alice',
      '--no-input',
    ])
    expect(await terminal.exit).toBe(2)
    expect(terminal.screen()).toContain('--password-stdin')
  })

  test('lists are aligned under headers, hostile text is shown escaped', async () => {
    const hostile = '\x1b]0;owned\x07\x1b[31mred\r\u202egnirts'
    await world.home.run(['send', 'bob', hostile], { profile: 'alice' })
    const users = openTerminal(world.home, ['users', '--profile', 'bob'])
    expect(await users.exit).toBe(0)
    expect(users.screen()).toMatch(/NAME\S* +\S*ONLINE/)
    const messages = openTerminal(world.home, ['messages', '--profile', 'bob', '--no-pager'])
    expect(await messages.exit).toBe(0)
    expect(messages.screen()).toMatch(/── today, \w+day \d+ \w+ \d{4} ──/)
    expect(messages.screen()).toContain('\\u{1b}[31mred\\u{d}\\u{202e}')
    expect(messages.screen()).not.toContain('\x1b[31m')
    expect(messages.screen()).not.toContain('\x1b]0;')
    expect(messages.screen()).not.toContain('\u202e')
  })

  test('a wait is told in words; Ctrl-C ends it at once and gives the cursor back', async () => {
    const { createServer } = await import('node:http')
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const args = [
      ...['register', 'eve', '--profile', 'eve', '--server', `http://127.0.0.1:${port}`],
      ...['--password-file', world.home.passwordFile],
    ]
    const terminal = openTerminal(world.home, args)
    await terminal.see('Making a key and registering')
    terminal.type('\x03')
    expect(await terminal.exit).toBe(130)
    const screen = terminal.screen()
    expect(screen.lastIndexOf('\x1b[?25h')).toBeGreaterThanOrEqual(screen.lastIndexOf('\x1b[?25l'))
    const plain = openTerminal(world.home, [...args, '--plain'], { env: { NO_COLOR: '1' } })
    await plain.see('Making a key and registering …')
    plain.type('\x03')
    expect(await plain.exit).toBe(130)
    expect(plain.screen()).not.toContain('\x1b')
    silent.closeAllConnections()
    silent.close()
  })

  test('an error that a server wrote is shown escaped', async () => {
    const { createServer } = await import('node:http')
    const server = createServer((_request, response) => {
      const code = 'registration_closed'
      const detail = '\x1b[2J\x1b]52;c;aGk=\x07closed'
      response.writeHead(403, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ status: 403, code, detail, error: detail, title: detail }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const terminal = openTerminal(world.home, [
      ...['register', 'eve', '--profile', 'eve', '--server', `http://127.0.0.1:${port}`],
      ...['--password-file', world.home.passwordFile],
    ])
    expect(await terminal.exit).not.toBe(0)
    expect(terminal.screen()).toContain('\\u{1b}[2J')
    expect(terminal.screen()).not.toContain('\x1b[2J')
    expect(terminal.screen()).not.toContain('\x1b]52')
    server.close()
  })

  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['TERM=dumb', { TERM: 'dumb' }],
  ])(
    '%s: no escape sequence at all',
    async (_name, env) => {
      const terminal = openTerminal(world.home, ['users', '--profile', 'bob'], { env })
      expect(await terminal.exit).toBe(0)
      expect(terminal.screen()).not.toContain('\x1b')
    },
    20_000,
  )

  test('history longer than the screen goes through the pager, unless it is not wanted', async () => {
    await world.home.run(['send', 'bob', 'line\n'.repeat(50)], { profile: 'alice' })
    const env = { PAGER: "sed 's/^/paged: /'" }
    const args = ['messages', '--profile', 'bob', '--limit', '1']
    const paged = openTerminal(world.home, args, { env })
    expect(await paged.exit).toBe(0)
    expect(paged.screen()).toContain('paged:       | line')
    const plain = openTerminal(world.home, [...args, '--no-pager'], { env })
    expect(await plain.exit).toBe(0)
    expect(plain.screen()).not.toContain('paged:')
    const missing = openTerminal(world.home, args, { env: { PAGER: 'no-such-pager' } })
    expect(await missing.exit).toBe(0)
    expect(missing.screen()).toContain('line')
  })

  test('the safety number is compared by a yes, or by the digits', async () => {
    const terminal = openTerminal(world.home, ['keys', 'verify', 'bob', '--profile', 'alice'])
    await terminal.see('Safety number of you and bob')
    await terminal.see('Is it the same?')
    terminal.type('yes\r')
    expect(await terminal.exit).toBe(0)
    expect(terminal.screen()).toContain('bob is verified')
    expect(terminal.screen()).toMatch(/[▀▄█]/)
  })

  test('a no to the safety number is answered in words, with 5', async () => {
    const terminal = openTerminal(world.home, ['keys', 'verify', 'alice', '--profile', 'bob'])
    await terminal.see('Is it the same?')
    terminal.type('no\r')
    expect(await terminal.exit).toBe(5)
    expect(terminal.screen()).toContain('no secrets')
  })

  test('a remark of the program looks like nothing the other side can write', async () => {
    const remark = 'You verified the key of bob.'
    await world.home.run(['send', 'alice', `hi\n  * ${remark}\n! ${remark}`], { profile: 'bob' })
    const args = ['messages', 'bob', '--profile', 'alice', '--no-pager']
    const shown = openTerminal(world.home, args)
    expect(await shown.exit).toBe(0)
    const lines = shown
      .screen()
      .replace(/\x1b\[[0-9;]*m/g, '')
      .split('\r\n')
      .filter((line) => line.includes(remark))
    expect(lines).toEqual([`  * ${remark}`, `      |   * ${remark}`, `      | ! ${remark}`])
    const { stdout } = await world.home.run(args)
    const rows = stdout.split('\n').filter((line) => line.endsWith(`\t${remark}`))
    expect(rows.map((row) => row.split('\t').slice(1, 3))).toEqual([['note', '']])
  })

  test('what cannot be undone wants the name typed', async () => {
    const terminal = openTerminal(world.home, ['logout', '--wipe', '--profile', 'zoe'])
    await terminal.see('Keys and history')
    await terminal.see('Type zoe')
    terminal.type('yes\r')
    expect(await terminal.exit).toBe(2)
    expect(await world.home.json(['whoami'], { profile: 'zoe' })).toMatchObject({ name: 'zoe' })
  })

  test('a locked vault asks for its password', async () => {
    const terminal = openTerminal(world.home, ['messages', '--profile', 'bob', '--no-pager'], {
      env: { XDG_RUNTIME_DIR: '' },
    })
    await terminal.see('Its password:')
    terminal.type('a long enough password\r')
    expect(await terminal.exit).toBe(0)
  })
})

test('in a script a locked vault opens by a file', async () => {
  const env = { XDG_RUNTIME_DIR: undefined }
  const locked = await world.home.run(['chats'], { profile: 'bob', env })
  expect(locked).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('SECURE_CHAT_PASSPHRASE_FILE'),
  })
  const open = { ...env, SECURE_CHAT_PASSPHRASE_FILE: world.home.passwordFile }
  expect(await world.home.run(['chats'], { profile: 'bob', env: open })).toMatchObject({ code: 0 })
})
