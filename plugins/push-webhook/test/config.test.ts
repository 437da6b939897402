import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, jest, test } from '@jest/globals'
import { type ServerPluginTest, testServerPlugin } from '@secure-chat/plugin-sdk/testing'
import { pushWebhookConfig } from '../src/config.ts'
import pushWebhook from '../src/server.ts'
import { parseSecret, webhookHeaders } from '../src/sign.ts'
import { newSecret } from './support.ts'

// Each test starts a whole server.
jest.setTimeout(60_000)

let chat: ServerPluginTest | undefined
const files: string[] = []
afterEach(async () => {
  await chat?.close()
  chat = undefined
  const { rm } = await import('node:fs/promises')
  for (const file of files.splice(0)) await rm(file)
})

async function fileWith(text: string, ending = ''): Promise<string> {
  const file = join(tmpdir(), `secure-chat-push-webhook-${randomUUID()}${ending}`)
  await writeFile(file, text)
  files.push(file)
  return file
}

const good = { url: 'https://push.example.org/path', secrets: [newSecret()] }
const start = async (config: object) => {
  chat = await testServerPlugin(pushWebhook, config)
}

test('takes url and secrets from files and from the environment', async () => {
  process.env.TEST_PUSH_SECRET = newSecret()
  const url = { file: await fileWith('https://push.example.org/path\n') }
  const secret = { file: await fileWith(`${newSecret()}\n`) }
  await start({ url, secrets: [secret, { env: 'TEST_PUSH_SECRET' }] })
  delete process.env.TEST_PUSH_SECRET
})

test.each([
  [{ ...good, url: undefined }, 'url'],
  [{ ...good, secrets: [] }, 'secrets'],
  [{ ...good, secrets: Array(6).fill(newSecret()) }, 'secrets'],
  [{ ...good, secrets: [{ path: 'x' }] }, 'secrets'],
  [{ ...good, states: ['gone'] }, 'states'],
  [{ ...good, types: [] }, 'types'],
  [{ ...good, maxWaiting: 0 }, 'maxWaiting'],
  [{ ...good, urls: [] }, 'urls'],
])(
  'a config that it does not understand stops the start and names the key: %#',
  async (config, key) => {
    await expect(start(config)).rejects.toMatchObject({
      message: expect.stringContaining(key),
      members: { plugin_code: 'plugin_bad_config' },
    })
  },
)

test.each([
  [{ ...good, url: 'http://push.example.org/path' }, 'must be https'],
  [{ ...good, url: 'http://localhost.example.org/path' }, 'must be https'],
  [{ ...good, url: 'ftp://push.example.org/path' }, 'must be https'],
  [{ ...good, url: 'https://user:path@push.example.org' }, 'user or password'],
  [{ ...good, url: '/path' }, 'no URL'],
  [{ ...good, secrets: ['whsec_c2hvcnQ='] }, 'secrets.0 is no secret'],
  [{ ...good, secrets: [good.secrets[0], { file: '/nowhere/path' }] }, 'secrets.1: the file'],
  [{ ...good, secrets: [{ env: 'TEST_PUSH_NOWHERE' }] }, 'TEST_PUSH_NOWHERE is empty or not'],
])('what it cannot use stops the start, and is not shown: %#', async (config, text) => {
  const error = await start(config).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    message: expect.stringContaining(text),
    members: { plugin_code: 'plugin_create_failed' },
  })
  expect(String(error)).not.toContain('example.org')
  expect(String(error)).not.toContain('c2hvcnQ=')
})

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

test('the config that the README shows is one', async () => {
  const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const file = await fileWith(block, '.mjs')
  const { default: shown } = await import(pathToFileURL(file).href)
  const [entry] = shown.plugins
  expect(entry.use).toBe('secure-chat-plugin-push-webhook')
  expect(entry.grant).toEqual(pushWebhook.capabilities)
  expect(pushWebhookConfig.parse(entry.config)).toMatchObject(entry.config)
})

test('the table of the README has every key with what holds unless it is set', () => {
  const rows = readme.matchAll(/^\| `(\w+)` \|(.*?)\| /gm)
  const shown = Object.fromEntries(
    Array.from(rows, ([, key = '', value = '']) => [key, value.replaceAll('`', '').trim()]),
  )
  const { url: _url, secrets: _secrets, ...defaults } = pushWebhookConfig.parse(good)
  expect(Object.keys(shown)).toEqual(Object.keys(pushWebhookConfig.shape))
  for (const [key, value] of Object.entries(defaults)) {
    expect([key, shown[key]?.replaceAll("'", '"')]).toEqual([key, JSON.stringify(value)])
  }
})

test('the receiver that the README shows takes what was signed, and nothing else', async () => {
  const [, block = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
  const file = await fileWith(block, '.mjs')
  const { verify } = await import(pathToFileURL(file).href)
  const [secret, old] = [newSecret(), newSecret()]
  const body = '{"type":"messages.waiting"}'
  const now = Date.now()
  const keys = [secret, old].map((one) => parseSecret(one, 'it'))
  const headers = webhookHeaders({ id: 'msg_1', body, atMs: now }, keys)
  const expected = { id: 'msg_1', type: 'messages.waiting' }
  expect(verify({ headers, body, secret, now })).toEqual(expected)
  expect(verify({ headers, body, secret: old, now })).toEqual(expected)
  const refused = (change: object) => () => verify({ headers, body, secret, now, ...change })
  expect(refused({ body: `${body} ` })).toThrow('not signed')
  expect(refused({ secret: newSecret() })).toThrow('not signed')
  expect(refused({ headers: { ...headers, 'webhook-id': 'msg_2' } })).toThrow('not signed')
  expect(refused({ headers: { ...headers, 'webhook-timestamp': 'x' } })).toThrow('too old')
  expect(refused({ headers: {} })).toThrow('too old')
  expect(refused({ now: now + 301_000 })).toThrow('too old')
  expect(refused({ now: now - 301_000 })).toThrow('too old')
})
