import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { makeWorld, type World } from '../support/world.ts'

let world: World
const as = (profile: string) => ({ profile })

beforeAll(async () => {
  world = await makeWorld(['alice', 'bob', 'carol'])
}, 60_000)
afterAll(() => world.close())

describe('what people do', () => {
  test('a message goes from one to the other, and is read once as unread', async () => {
    const sent = await world.home.json(['send', 'bob', 'See you at 8'], as('alice'))
    expect(sent).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      to: 'bob',
      at: expect.stringMatching(/Z$/),
      state: 'sent',
    })
    const { messages } = await world.home.json(['messages', '--unread'], as('bob'))
    expect(messages).toMatchObject([
      { id: sent.id, text: 'See you at 8', from: 'alice', direction: 'in' },
    ])
    expect(await world.home.json(['messages', '--unread'], as('bob'))).toEqual({ messages: [] })
    const { chats } = await world.home.json(['chats'], as('bob'))
    expect(chats).toEqual([
      {
        name: 'alice',
        unread: 0,
        last_at: expect.any(String),
        last_text: 'See you at 8',
        trust: 'pinned',
      },
    ])
  })

  test('the text comes from stdin, from - or from a file, without its last line break', async () => {
    const { home } = world
    await home.run(['send', 'bob'], { ...as('alice'), input: 'from\nstdin\n' })
    await home.run(['send', 'bob', '-'], { ...as('alice'), input: 'dash' })
    await home.run(['send', 'bob', '--file', home.passwordFile], as('alice'))
    const { messages } = await home.json(['messages', 'alice', '--limit', '3'], as('bob'))
    expect(messages).toMatchObject([
      { text: 'from\nstdin' },
      { text: 'dash' },
      { text: 'a long enough password' },
    ])
  })

  test('history is found by user, time and text', async () => {
    const { home } = world
    await home.run(['send', 'carol', 'the invoice is paid'], as('alice'))
    const found = await home.json(
      ['messages', '--with', 'carol', '--since', '1h', '--search', 'INVOICE'],
      as('alice'),
    )
    expect(found).toMatchObject({ messages: [{ text: 'the invoice is paid', direction: 'out' }] })
    const none = await home.json(
      ['messages', 'carol', '--until', 'yesterday', '--offline'],
      as('alice'),
    )
    expect(none).toEqual({ messages: [] })
  })

  test('users, presence and blocks', async () => {
    const { home } = world
    await home.run(['presence', 'set', 'busy', 'in a call'], as('bob'))
    const bob = {
      name: 'bob',
      online: true,
      state: 'busy',
      text: 'in a call',
      last_seen: expect.any(String),
    }
    expect(await home.json(['presence', 'get', 'bob'], as('alice'))).toEqual({ presence: [bob] })
    expect(await home.json(['users', 'show', 'BOB'], as('alice'))).toEqual({
      ...bob,
      trust: 'pinned',
      blocked: false,
    })
    const { users } = await home.json(['users', '--prefix', 'c'], as('alice'))
    expect(users).toMatchObject([{ name: 'carol', trust: 'pinned' }])
    await home.run(['users', 'block', 'alice'], as('carol'))
    expect(await home.json(['users', 'blocked'], as('carol'))).toEqual({ blocks: ['alice'] })
    expect(await home.run(['users', 'show', 'alice'], as('carol'))).toMatchObject({
      stdout: expect.stringMatching(/\tyes\n$/),
    })
    const refused = await home.run(['send', 'carol', 'hello?'], as('alice'))
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('refused') })
    expect(refused.stderr).toContain('carol takes no messages from you')
    expect(await home.json(['messages', 'carol', '--limit', '1'], as('alice'))).toMatchObject({
      messages: [{ text: 'hello?', state: 'refused', reason: 'not_accepted' }],
    })
    await home.run(['users', 'unblock', 'alice'], as('carol'))
    expect(await home.json(['users', 'blocked'], as('carol'))).toEqual({ blocks: [] })
  })

  test('both see the same safety number, and comparing it verifies', async () => {
    const { home } = world
    const key = await home.json(['keys', 'show', 'bob'], as('alice'))
    const theirs = await home.json(['keys', 'show', 'alice'], as('bob'))
    expect(theirs.safety_number).toBe(key.safety_number)
    const spaced = String(key.safety_number).replace(/(.{5})/g, '$1 ')
    const verified = await home.json(['keys', 'verify', 'bob', '--number', spaced], as('alice'))
    expect(verified).toEqual({ ...key, trust: 'verified' })
    const { keys } = await home.json(['keys', 'list'], as('alice'))
    expect(keys).toContainEqual({ name: 'bob', fingerprint: key.fingerprint, trust: 'verified' })
  })

  test('a wrong safety number is exit code 5 and verifies nothing', async () => {
    const { home } = world
    const number = '0'.repeat(60)
    const run = await home.run(
      ['keys', 'verify', 'alice', '--number', number, '--json'],
      as('carol'),
    )
    expect(run.code).toBe(5)
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'key_not_trusted', exit: 5 } })
    expect(await home.json(['keys', 'show', 'alice'], as('carol'))).toMatchObject({
      trust: 'pinned',
    })
  })

  test('a key goes to another device in an encrypted file, once', async () => {
    const { home } = world
    const file = join(home.dir, 'bob.p12')
    const args = ['keys', 'export', '--out', file, '--passphrase-file', home.passwordFile]
    expect(await home.run(args, as('bob'))).toMatchObject({ code: 0 })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await home.run(args, as('bob'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('exists already'),
    })
    const password = ['--password-file', home.passwordFile]
    const imported = await home.run(
      ['keys', 'import', file, '--key-passphrase-file', home.passwordFile, ...password],
      as('bob-laptop'),
    )
    expect(imported).toMatchObject({ code: 0 })
    expect(await home.run(['login', 'bob', ...password], as('bob-laptop'))).toMatchObject({
      code: 0,
    })
    const here = await home.json(['whoami'], as('bob-laptop'))
    const there = await home.json(['whoami'], as('bob'))
    expect(here.fingerprint).toBe(there.fingerprint)
    const { sessions } = await home.json(['sessions'], as('bob'))
    expect(sessions).toHaveLength(2)
    const other = Array.isArray(sessions) && sessions.find(({ current }) => !current)
    await home.run(['sessions', 'revoke', other.session_id], as('bob'))
    expect(await home.run(['users'], as('bob-laptop'))).toMatchObject({ code: 4 })
  }, 60_000)

  test('settings are kept per profile, and a wrong value is not', async () => {
    const { home } = world
    await home.run(['config', 'set', 'notify', 'bell'], as('alice'))
    await home.run(['config', 'set', 'receipts', 'on'], as('alice'))
    expect(await home.json(['config'], as('alice'))).toMatchObject({
      settings: { notify: 'bell', receipts: 'on', timestamps: 'relative' },
    })
    expect(await home.json(['config'], as('bob'))).toMatchObject({
      settings: { notify: 'off', receipts: 'off' },
    })
    for (const args of [
      ['notify', 'loud'],
      ['receipts', 'maybe'],
      ['volume', '11'],
      ['server', 'ftp://x'],
    ]) {
      expect(await home.run(['config', 'set', ...args], as('alice'))).toMatchObject({ code: 2 })
    }
  })

  test('any call of the API can be made, signed', async () => {
    const { home } = world
    const run = await home.run(['api', 'get', '/chat/users', '-f', 'prefix=al'], as('bob'))
    expect(JSON.parse(run.stdout)).toMatchObject({ users: [{ name: 'alice' }], next: null })
    const missing = await home.run(['api', 'GET', '/chat/nobody/publickey'], as('bob'))
    expect(missing).toMatchObject({ code: 7, stderr: expect.stringContaining('no_such_user') })
    expect(JSON.parse(missing.stdout)).toMatchObject({ code: 'no_such_user' })
    const posted = await home.run(['api', 'POST', '/chat/presence/bob', '--input', '-'], {
      ...as('bob'),
      input: '{"status":"away"}',
    })
    expect(posted.code).toBe(0)
    for (const path of ['//evil.example/', 'http://evil.example/', 'chat/users', '/chat/a b']) {
      expect(await home.run(['api', 'GET', path], as('bob'))).toMatchObject({ code: 2 })
    }
  })

  test('doctor finds nothing wrong, and says what is', async () => {
    const { home } = world
    const well = await home.run(['doctor', '--json'], as('alice'))
    expect(well.code).toBe(0)
    const sick = await home.run(['doctor', '--json'], {
      ...as('nobody'),
      env: { SECURE_CHAT_SERVER: 'http://127.0.0.1:1' },
    })
    expect(sick.code).toBe(1)
    const { checks } = JSON.parse(sick.stdout)
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'server', state: 'bad', fix: expect.any(String) }),
    )
  })

  test('everything readable is exported once, for its owner alone', async () => {
    const { home } = world
    const folder = join(home.dir, 'export')
    const exported = await home.json(['account', 'export', folder], as('bob'))
    expect(exported).toMatchObject({ contacts: 1, file: join(folder, 'account.ndjson') })
    const lines = readFileSync(String(exported.file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toContainEqual(expect.objectContaining({ type: 'message', text: 'See you at 8' }))
    expect(statSync(String(exported.file)).mode & 0o777).toBe(0o600)
    expect(await home.run(['account', 'export', folder], as('bob'))).toMatchObject({ code: 1 })
  })
})

describe('the end of a session', () => {
  test('logout ends it on the server; the history is read again after login', async () => {
    const { home } = world
    const password = ['--password-file', home.passwordFile]
    expect(await home.run(['logout', '--json'], as('carol'))).toMatchObject({ code: 0 })
    expect(await home.run(['logout'], as('carol'))).toMatchObject({
      code: 0,
      stdout: 'You were signed out already.\n',
    })
    const out = await home.run(['messages', '--json'], as('carol'))
    expect(out.code).toBe(4)
    expect(JSON.parse(out.stdout)).toMatchObject({ error: { code: 'not_signed_in', exit: 4 } })
    expect(await home.json(['whoami'], as('carol'))).toMatchObject({
      name: 'carol',
      session_id: null,
    })
    expect(await home.run(['login', 'carol', ...password], as('carol'))).toMatchObject({ code: 0 })
    const { messages } = await home.json(['messages'], as('carol'))
    expect(messages).not.toHaveLength(0)
  })

  test('the password changes, and the account goes only for its name and password', async () => {
    const { home } = world
    const password = ['--password-file', home.passwordFile]
    const fresh = join(home.dir, 'fresh')
    const { writeFileSync } = await import('node:fs')
    writeFileSync(fresh, 'another long password', { mode: 0o600 })
    const changed = await home.run(
      ['account', 'password', ...password, '--new-password-file', fresh],
      as('carol'),
    )
    expect(changed).toMatchObject({ code: 0 })
    const remove = ['account', 'delete', '--password-file', fresh]
    expect(await home.run(remove, as('carol'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--confirm carol'),
    })
    expect(await home.run([...remove, '--confirm', 'karol'], as('carol'))).toMatchObject({
      code: 2,
    })
    expect(
      await home.run(['account', 'delete', ...password, '--confirm', 'carol'], as('carol')),
    ).toMatchObject({ code: 4 })
    expect(await home.run([...remove, '--confirm', 'carol'], as('carol'))).toMatchObject({
      code: 0,
    })
    expect(existsSync(join(home.dir, 'data/secure-chat/profiles/carol/profile.db'))).toBe(false)
    expect(await home.run(['send', 'carol', 'still there?'], as('alice'))).toMatchObject({
      code: expect.any(Number),
    })
  }, 60_000)
})
