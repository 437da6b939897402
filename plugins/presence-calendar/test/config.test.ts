import { randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, jest, test } from '@jest/globals'
import { type ServerPluginTest, testServerPlugin } from '@secure-chat/plugin-sdk/testing'
import { presenceCalendarConfig } from '../src/config.ts'
import presenceCalendar from '../src/server.ts'

// Each test starts a whole server.
jest.setTimeout(60_000)

let chat: ServerPluginTest | undefined
afterEach(async () => {
  await chat?.close()
  chat = undefined
})

const start = async (config: object) => {
  chat = await testServerPlugin(presenceCalendar, config)
}
const ofBob = (...calendars: object[]) => ({ users: { bob: calendars } })

test.each([
  [{}, 'users'],
  [{ users: { 'no user': [{ file: 'x' }] } }, 'users'],
  [ofBob(), 'users.bob'],
  [ofBob({ path: 'x' }), 'users.bob.0'],
  [ofBob({ file: 'x', timeZone: 'Berlin' }), 'users.bob.0'],
  [ofBob({ file: 'x', token: 'y' }), 'users.bob.0'],
  [{ ...ofBob({ file: 'x' }), keepHours: 100 }, 'keepHours'],
  [{ ...ofBob({ file: 'x' }), text: '' }, 'text'],
  [{ ...ofBob({ file: 'x' }), refresh: 1 }, 'refresh'],
])(
  'a config that it does not understand stops the start and names the key: %j',
  async (config, key) => {
    await expect(start(config)).rejects.toMatchObject({
      message: expect.stringContaining(key),
      members: { plugin_code: 'plugin_bad_config' },
    })
  },
)

test.each([
  [{ url: 'http://calendar.example.org/private' }, 'users.bob.0.url must be https'],
  [{ url: 'file:///private' }, 'users.bob.0.url must be https'],
  [{ url: 'https://user:private@calendar.example.org/' }, 'user or password'],
  [{ url: 'private' }, 'users.bob.0.url is no URL'],
  [{ url: { env: 'TEST_CALENDAR_NOWHERE' } }, 'TEST_CALENDAR_NOWHERE is empty or not there'],
  [{ url: 'webcal://127.0.0.1/', token: { file: '/nowhere' } }, 'users.bob.0.token: the file'],
])(
  'an address that it cannot use stops the start, and is not shown: %#',
  async (calendar, text) => {
    const error = await start(ofBob(calendar)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      message: expect.stringContaining(text),
      members: { plugin_code: 'plugin_create_failed' },
    })
    expect(String(error)).not.toMatch(/private|example\.org/)
  },
)

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

test('the config that the README shows is one', async () => {
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const file = join(tmpdir(), `secure-chat-presence-calendar-${randomUUID()}.mjs`)
  await writeFile(file, block)
  const { default: shown } = await import(pathToFileURL(file).href)
  await rm(file)
  const [entry] = shown.plugins
  expect(entry.use).toBe('secure-chat-plugin-presence-calendar')
  expect(entry.grant).toEqual(presenceCalendar.capabilities)
  expect(presenceCalendarConfig.parse(entry.config)).toMatchObject(entry.config)
})

test('the table of the README has every key with what holds unless it is set', () => {
  const [, table = ''] = /## Config\n([\s\S]*?)\| of a calendar/.exec(readme) ?? []
  const rows = table.matchAll(/^\| `(\w+)` \|(.*?)\| /gm)
  const shown = Object.fromEntries(
    Array.from(rows, ([, key = '', value = '']) => [key, value.replaceAll('`', '').trim()]),
  )
  const { users: _users, ...defaults } = presenceCalendarConfig.parse(ofBob({ file: 'x' }))
  expect(Object.keys(shown)).toEqual(Object.keys(presenceCalendarConfig.shape))
  for (const [key, value] of Object.entries(defaults)) {
    expect([key, shown[key]?.replaceAll("'", '"')]).toEqual([key, JSON.stringify(value)])
  }
})
