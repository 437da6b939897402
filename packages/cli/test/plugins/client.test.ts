import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { linkPlugin } from '../support/plugins.ts'
import { openTerminal } from '../support/terminal.ts'
import { makeWorld, type World } from '../support/world.ts'

jest.setTimeout(180_000)

/** What commands of plugins get from `openClient`, in real processes. */
let world: World
beforeAll(async () => {
  world = await makeWorld(['alice', 'bob', 'carol'])
  await linkPlugin(world.home, 'common')
  await linkPlugin(world.home, 'shout')
})
afterAll(() => world.close())

test('what is unread, an answer to it, and reading up to it, in its conversation alone', async () => {
  const { home } = world
  const as = (profile: string) => ({ profile })
  for (const text of ['first', 'second']) {
    await home.run(['send', 'bob', text, '--no-plugins'], as('alice'))
  }
  await home.run(['send', 'bob', 'from carol', '--no-plugins'], as('carol'))
  const { stdout } = await home.run(['answer'], as('bob'))
  const said = JSON.parse(stdout)
  expect(said).toMatchObject({
    before: ['first', 'second', 'from carol'],
    after: ['second', 'from carol'],
    answer: { direction: 'out', text: 'an answer', re: said.asked.id },
    wrong: 'invalid_request',
  })
  expect(said.users.map(({ name, trust }: Record<string, string>) => [name, trust])).toEqual([
    ['alice', 'pinned'],
    ['bob', 'own'],
    ['carol', 'pinned'],
  ])
  const { messages } = await home.json(['messages', 'bob', '--no-plugins'], as('alice'))
  expect(messages).toContainEqual(
    expect.objectContaining({ text: 'an answer', re: said.asked.id, direction: 'in' }),
  )
})

test('a server without https is refused unless --insecure says otherwise', async () => {
  const other = { profile: 'alice', env: { SECURE_CHAT_SERVER: 'http://192.0.2.1:8000' } }
  const refused = await world.home.json(['greet', 'bob'], other)
  expect(refused).toMatchObject({ error: { code: 'insecure_server', exit: 3 } })
  // Past that: the profile belongs to another server, and nothing was sent to this one.
  const { error } = await world.home.json(['greet', 'bob', '--insecure'], other)
  expect(error).toMatchObject({ code: 'config_invalid' })
})

test('a locked profile asks for its password at a terminal, and with --no-input does not', async () => {
  const run = join(world.home.dir, 'other-run')
  mkdirSync(run, { mode: 0o700 })
  const env = { XDG_RUNTIME_DIR: run, SECURE_CHAT_PROFILE: 'alice' }
  const asking = openTerminal(world.home, ['greet', 'bob'], { env })
  await asking.see('The profile "alice" is locked. Its password:')
  asking.type('\x03')
  expect(await asking.exit).toBe(130)
  const silent = openTerminal(world.home, ['greet', 'bob', '--no-input'], { env })
  expect(await silent.exit).toBe(4)
  expect(silent.screen()).toContain('(vault_locked)')
  expect(silent.screen()).not.toContain('Its password:')
})
