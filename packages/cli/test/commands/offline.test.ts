import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '@secure-chat/server/testing'
import { type Home, makeHome } from '../support/cli.ts'

// A server that goes away and comes back at the same address, and what is said meanwhile.

const dataDir = mkdtempSync(join(tmpdir(), 'secure-chat-offline-'))
let server: TestServer
let home: Home
let port: number

const alice = { profile: 'alice' }

beforeAll(async () => {
  server = await startTestServer({ settings: { dataDir } })
  port = Number(new URL(server.url).port)
  home = makeHome(server.url)
  for (const name of ['alice', 'erin', 'carol']) {
    await home.run(['register', name, '--password-file', home.passwordFile], { profile: name })
  }
}, 60_000)
afterAll(async () => {
  await server.close()
  home.remove()
  rmSync(dataDir, { recursive: true, force: true })
})

const down = () => server.close()
const up = async () => {
  server = await startTestServer({ settings: { dataDir, port } })
}

test('what is written to strangers while the server is away is kept, said so, and sent in order when it is back', async () => {
  await down()
  const first = await home.run(['send', 'erin,carol', 'one'], alice)
  expect(first.code).toBe(3)
  expect(first.stderr).toContain('The message to erin, carol is kept')
  const second = await home.json(['send', 'erin', 'two', '--queue'], alice)
  expect(second).toMatchObject({ to: 'erin', state: 'queued', reason: 'network_unreachable' })
  expect((await home.run(['send', 'erin', 'three', '--queue'], alice)).code).toBe(0)
  expect((await home.run(['send', 'nobody', 'lost', '--queue'], alice)).code).toBe(0)
  const { outbox } = await home.json(['outbox'], alice)
  expect(outbox).toMatchObject([
    { to: 'erin', text: 'one', state: 'waiting' },
    { to: 'carol', text: 'one' },
    { id: second.id, text: 'two' },
    { text: 'three' },
    { to: 'nobody', text: 'lost' },
  ])
  await up()
  // Two processes at once: one sends, the other waits or finds it done.
  const both = await Promise.all([
    home.run(['outbox', 'retry'], alice),
    home.run(['send', 'erin', 'four'], alice),
  ])
  expect(both.map(({ stderr }) => stderr).join()).not.toContain('(key_not_trusted)')
  await home.run(['outbox', 'retry'], alice)
  const received = await home.json(['messages', 'alice'], { profile: 'erin' })
  expect(received).toMatchObject({
    messages: [
      { text: 'one' },
      { id: second.id, text: 'two' },
      { text: 'three' },
      { text: 'four' },
    ],
  })
  expect(await home.json(['messages'], { profile: 'carol' })).toMatchObject({
    messages: [{ text: 'one' }],
  })
  // The name that nobody has: said, listed with its reason, until it is dropped.
  const left = await home.json(['outbox'], alice)
  expect(left).toMatchObject({
    outbox: [{ to: 'nobody', state: 'refused', reason: 'no_such_user' }],
  })
  expect(await home.json(['messages', 'nobody'], alice)).toMatchObject({
    messages: [{ text: 'lost', state: 'refused', reason: 'no_such_user' }],
  })
}, 60_000)

test('a session that ended: the same words everywhere, `whoami` knows it, and what is written waits for the login', async () => {
  const { session_id: id } = await home.json(['whoami'], alice)
  await home.run(['sessions', 'revoke', String(id)], alice)
  const users = await home.run(['users'], alice)
  expect(users.code).toBe(4)
  const runs = [users, await home.run(['listen'], alice), await home.run(['messages'], alice)]
  for (const { code, stderr } of runs)
    expect({ code, stderr }).toEqual({ code: 4, stderr: users.stderr })
  expect(users.stderr).toMatch(/secure-chat login.* alice\n/)
  expect(await home.json(['whoami'], alice)).toMatchObject({ name: 'alice', session_valid: false })
  const shown = await home.run(['whoami'], alice)
  expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('the server ended') })
  const sent = await home.run(['send', 'erin', 'later', '--queue'], alice)
  expect(sent.code).toBe(4)
  expect(sent.stderr).toContain('is kept and goes out after the next login')
  const awaited = await home.run(['send', 'erin', 'last', '--wait', 'delivered'], alice)
  expect(awaited).toMatchObject({ code: 4, stderr: expect.stringContaining('is kept') })
  await home.run(['login', 'alice', '--password-file', home.passwordFile], alice)
  expect(await home.json(['whoami'], alice)).toMatchObject({ session_valid: true })
  await home.run(['outbox', 'retry'], alice)
  const { messages } = await home.json(['messages', 'alice', '--limit', '2'], { profile: 'erin' })
  expect(messages).toMatchObject([{ text: 'later' }, { text: 'last' }])
}, 60_000)
