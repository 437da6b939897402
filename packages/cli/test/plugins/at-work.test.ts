import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { copyPlugin, linkPlugin, unlinkAll } from '../support/plugins.ts'
import { makeWorld, type World } from '../support/world.ts'

jest.setTimeout(180_000)

/** Real processes of the program with plugins that lie outside the repository, linked as their authors do. */
let world: World
const as = (profile: string, env: Record<string, string> = {}) => ({ profile, env })

beforeAll(async () => {
  world = await makeWorld(['alice', 'bob'])
})
afterAll(() => world.close())

async function lastOf(profile: string, peer: string, ...flags: string[]) {
  const { messages } = await world.home.json(
    ['messages', peer, '--limit', '1', ...flags],
    as(profile),
  )
  return Array.isArray(messages) ? messages[0] : undefined
}

describe('a plugin of the chat', () => {
  afterAll(() => unlinkAll(world.home))

  test('changes what send sends; --no-plugins sends it as it is', async () => {
    await linkPlugin(world.home, 'shout')
    await world.home.run(['send', 'bob', 'loud'], as('alice'))
    expect(await lastOf('bob', 'alice', '--no-plugins')).toMatchObject({ text: 'LOUD' })
    await world.home.run(['send', 'bob', 'quiet', '--no-plugins'], as('alice'))
    expect(await lastOf('bob', 'alice')).toMatchObject({ text: 'quiet' })
  })

  test('transforms and renders for a script what it does in the chat', async () => {
    unlinkAll(world.home)
    await linkPlugin(world.home, 'poll')
    await world.home.run(['send', 'bob', 'fine :)'], as('alice'))
    expect(await lastOf('bob', 'alice')).toMatchObject({ text: 'fine ☺', kind: 'text' })
    await world.home.run(['send', 'bob', 'not this (secret)'], as('alice'))
    const { stdout } = await world.home.run(['messages', 'alice', '--limit', '1'], as('bob'))
    expect(stdout).toBe('')
    expect(await lastOf('bob', 'alice', '--no-plugins')).toMatchObject({
      text: 'not this (secret)',
    })
  })

  test('its commands use the signed-in profile, and its failures bear its name', async () => {
    await linkPlugin(world.home, 'shout')
    await linkPlugin(world.home, 'faulty')
    const greeted = await world.home.run(['greet', 'bob'], as('alice'))
    expect(greeted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) })
    expect(await lastOf('bob', 'alice')).toMatchObject({ text: 'alice says hello' })
    const out = await world.home.run(['greet', 'bob'], as('nobody'))
    expect(out).toMatchObject({ code: 4, stderr: expect.stringContaining('(not_signed_in)') })
    const broken = await world.home.run(['break'], as('alice'))
    expect(broken.code).toBe(1)
    expect(broken.stderr).toContain('The plugin secure-chat-plugin-faulty failed: on purpose')
  })

  test('its commands take the flags of the program that the SDK has ready', async () => {
    const asBob = await world.home.run(['greet', 'alice', '--profile', 'bob'], as('nobody'))
    expect(asBob).toMatchObject({ code: 0, stderr: '' })
    expect(await lastOf('alice', 'bob', '--no-plugins')).toMatchObject({ text: 'bob says hello' })
    const { stdout } = await world.home.run(['greet', 'bob', '--json'], as('nobody'))
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'not_signed_in' } })
    const help = await world.home.run(['help', 'greet'], as('alice'))
    const own = await world.home.run(['help', 'send'], as('alice'))
    for (const [flag] of help.stdout.matchAll(/^ +--(?:json|profile|no-input|insecure).*$/gm)) {
      expect(own.stdout.replaceAll(/ +/g, ' ')).toContain(flag.replaceAll(/ +/g, ' '))
    }
    expect(help.stdout).toMatch(/--profile=NAME/)
  })

  test('listen hands over what the transforms leave', async () => {
    const listening = world.home.run(['listen', '--count', '1', '--from', 'alice'], as('bob'))
    const sending = setInterval(() => {
      void world.home.run(['send', 'bob', 'live :)', '--no-plugins'], as('alice'))
    }, 2_000)
    const { stdout } = await listening.finally(() => clearInterval(sending))
    expect(stdout).toContain('"text":"live ☺"')
  })
})

describe('a package of CommonJS beside one of ES modules', () => {
  beforeAll(async () => {
    await linkPlugin(world.home, 'shout')
    await linkPlugin(world.home, 'common')
  })
  afterAll(() => unlinkAll(world.home))

  test('both get the SDK, and their transforms run in the order of installing', async () => {
    const sent = await world.home.run(['send', 'bob', 'both'], as('alice'))
    expect(sent).toMatchObject({ code: 0, stderr: '' })
    expect(await lastOf('bob', 'alice', '--no-plugins')).toMatchObject({ text: 'BOTH!' })
  })

  test('every call of the client works, with the errors of the program', async () => {
    const { stdout } = await world.home.run(['probe', '--with', 'bob'], as('alice'))
    expect(JSON.parse(stdout)).toMatchObject({
      me: 'alice',
      sent: { id: expect.any(String) },
      messages: [{ kind: 'x-probe', body: { n: 1 }, direction: 'out', to: 'bob' }],
      users: [{ name: 'alice' }, { name: 'bob' }],
      whoami: { users: [{ name: 'alice' }] },
      failure: 'not_found',
      done: true,
    })
    const { stdout: other } = await world.home.run(
      ['probe', '--with', 'alice', '--profile', 'bob'],
      as('nobody'),
    )
    expect(JSON.parse(other)).toMatchObject({ me: 'bob' })
  })
})

describe('commands of a plugin', () => {
  afterAll(() => unlinkAll(world.home))

  test('are found without loading them, until a file of them changes', async () => {
    const folder = copyPlugin(world.home, 'shout')
    const file = join(folder, 'lib/commands/greet.js')
    const marks = join(world.home.dir, 'loaded')
    const marking = `import { appendFileSync } from 'node:fs'\nappendFileSync(${JSON.stringify(marks)}, 'x')\n`
    writeFileSync(file, marking + readFileSync(file, 'utf8'))
    await world.home.run(['plugins', 'link', folder])
    const loaded = () => readFileSync(marks, 'utf8').length
    const atFirst = loaded()
    for (const args of [['whoami'], ['config'], ['help', 'greet'], ['plugins']]) {
      await world.home.run(args, as('alice'))
    }
    expect(loaded()).toBe(atFirst)
    writeFileSync(join(folder, 'lib/commands/wave.js'), readFileSync(file))
    const { stdout } = await world.home.run(['help', 'wave'], as('alice'))
    expect(stdout).toContain('secure-chat wave')
    expect(loaded()).toBeGreaterThan(atFirst)
  })
})

test('one that was not built is not linked, and the error says what to do', async () => {
  const folder = copyPlugin(world.home, 'shout', 'unbuilt')
  rmSync(join(folder, 'lib/chat.js'))
  const { code, stderr } = await world.home.run(['plugins', 'link', folder])
  expect(code).toBe(1)
  expect(stderr).toMatch(/there is no \S+lib.chat\.js\. If it is yours: npm run build\./)
})

describe('a plugin that fails', () => {
  const send = (fault: string, ...flags: string[]) =>
    world.home.run(['send', 'bob', 'precious', ...flags], as('alice', { FAULT: fault }))
  const read = (fault: string, ...flags: string[]) =>
    world.home.run(['messages', 'alice', '--limit', '1', ...flags], as('bob', { FAULT: fault }))

  beforeAll(async () => {
    await linkPlugin(world.home, 'faulty')
    await world.home.run(['send', 'bob', 'hello there'], as('alice'))
  })

  test.each(['outgoing-throws', 'outgoing-hangs'])(
    '%s: nothing is sent, the plugin is named',
    async (fault) => {
      const before = await lastOf('alice', 'bob', '--no-plugins')
      const { code, stderr } = await send(fault)
      expect(code).toBe(1)
      expect(stderr).toContain('The plugin faulty failed in transformOutgoing')
      expect(stderr).toContain('--no-plugins')
      expect(await lastOf('alice', 'bob', '--no-plugins')).toEqual(before)
    },
  )

  test('one that throws outside of any call is named too: it is no bug of this program', async () => {
    const { code, stderr } = await send('outgoing-throws-later')
    expect(code).toBe(1)
    expect(stderr).toContain(
      'The plugin secure-chat-plugin-faulty failed outside of any call: on purpose',
    )
  })

  test.each(['incoming-throws', 'incoming-forges', 'incoming-mutates'])(
    '%s: a note that names it stands in place of the message',
    async (fault) => {
      await world.home.run(['send', 'bob', 'hello there', '--no-plugins'], as('alice'))
      const { code, stdout } = await read(fault)
      expect(code).toBe(0)
      expect(stdout).toContain('The plugin faulty failed in transformIncoming')
      expect(stdout.split('\t')).toEqual(expect.arrayContaining(['note']))
      expect(stdout).not.toMatch(/hello there|mutated|mallory/)
    },
  )

  test.each([
    ['load-throws', 'on purpose'],
    ['load-hangs', 'did not answer within 10 s'],
    ['hook-throws', 'on purpose'],
    ['hook-throws-nothing', 'undefined'],
    ['getter-throws', 'on purpose'],
    ['no-function', 'has no function'],
    ['slash-of-ours', '/help'],
  ])('%s: fatal for chat, send and messages, and for nothing else', async (fault, reason) => {
    for (const { code, stderr } of await Promise.all([
      send(fault),
      read(fault),
      world.home.run(['chat', 'bob'], as('alice', { FAULT: fault })),
    ])) {
      expect(code).toBe(1)
      expect(stderr).toMatch(/secure-chat-plugin-faulty|plugin faulty/)
      expect(stderr).toContain(reason)
      expect(stderr).toContain('--no-plugins')
    }
    expect(await send(fault, '--no-plugins')).toMatchObject({ code: 0 })
    expect(await world.home.run(['whoami'], as('alice', { FAULT: fault }))).toMatchObject({
      code: 0,
      stderr: '',
    })
  })

  test('two with one slash command: an error that names both', async () => {
    await linkPlugin(world.home, 'poll')
    const { code, stderr } = await send('slash-of-poll')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /poll and the plugin faulty both claim \/poll|faulty and the plugin poll both claim \/poll/,
    )
    unlinkAll(world.home)
    await linkPlugin(world.home, 'faulty')
  })

  test('what a renderer prints is made safe, and one that throws is left out', async () => {
    await world.home.run(['send', 'bob', 'hello there', '--no-plugins'], as('alice'))
    const { stdout } = await read('renderer-escapes')
    expect(stdout).toContain('\\u{1b}[2J\\u{1b}]0;owned\\u{7}hello there\\u{d}\\u{1b}[31m')
    expect(stdout).not.toContain('\x1b')
    const thrown = await read('renderer-throws')
    expect(thrown.stdout).toContain('hello there')
    expect(thrown.stderr).toContain('The plugin faulty failed in renderers: on purpose.')
  })

  test('one that is linked and gone is named, and keeps commands that need no plugin from nothing', async () => {
    await linkPlugin(world.home, 'shout')
    rmSync(join(world.home.dir, 'packages'), { recursive: true })
    const who = await world.home.run(['whoami'], as('alice'))
    expect(who.code).toBe(0)
    expect(who.stderr).toContain('secure-chat-plugin-shout is linked, but there is no package in')
    expect(await send('')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('plugin_error'),
    })
  })
})
