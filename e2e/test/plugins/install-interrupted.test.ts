import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Registry, startRegistry } from '@secure-chat/e2e/services'
import { cliJson, runCli, startCli } from '../../setup/cli.ts'
import { root } from '../../setup/paths.ts'
import { type RegistryBetween, standBetween } from '../../setup/registry-between.ts'
import { type Home, makeHome } from '../../setup/scratch.ts'
import { canMount, mountSmallDisk, unmountSmallDisks } from '../../setup/small-disk.ts'
import { atTearDown, tearDown } from '../../setup/tear-down.ts'

jest.setTimeout(120_000)

const name = 'secure-chat-plugin-late'

let registry: Registry
let between: RegistryBetween
let home: Home
let data: string

beforeAll(async () => {
  const place = makeHome()
  registry = await startRegistry({ folder: join(place.folder, 'registry') })
  atTearDown(() => registry.stop())
  between = await standBetween(registry.url)
  for (const version of ['1.0.0', '1.1.0']) registry.publish(packageOf(place, version))
})
beforeEach(() => {
  const fresh = makeHome()
  const cache = join(fresh.folder, 'npm-cache')
  const npm = { ...registry.env, npm_config_registry: between.url, npm_config_cache: cache }
  home = { ...fresh, env: { ...fresh.env, ...npm } }
  data = join(home.folder, '.local/share/secure-chat')
  between.onRequest = () => undefined
})
afterEach(unmountSmallDisks)
afterAll(tearDown)

function packageOf(place: Home, version: string): string {
  const folder = join(place.folder, version)
  cpSync(join(root, 'packages/cli/test/plugins/fixtures/shout'), folder, { recursive: true })
  const path = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...manifest, name, version }))
  return folder
}

const plugins = (folder = data) => {
  const place = join(folder, 'plugins')
  return existsSync(place) ? readdirSync(place) : []
}
const listed = async () => Object(await cliJson(home, ['plugins'])).plugins

/** Resolves with the next request, which gets no answer. */
function holdUp(): Promise<IncomingMessage> {
  return new Promise((resolve) => {
    between.onRequest = (request) => {
      resolve(request)
      return new Promise(() => undefined)
    }
  })
}

describe('an install that is ended while the registry does not answer', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s exits with %i, takes npm along and leaves nothing', async (signal, code) => {
    const asked = holdUp()
    const install = startCli(home, ['plugins', 'install', name])
    const request = await asked
    expect(plugins()).toEqual([expect.stringMatching(/^\.new-/)])
    const npmIsGone = once(request.socket, 'close')
    install.kill(signal)
    expect(await install.finished).toMatchObject({ code, stdout: '' })
    await npmIsGone
    expect([plugins(), await listed()]).toEqual([[], []])
  })

  test('or updated: the version that was there stays', async () => {
    await cliJson(home, ['plugins', 'install', `${name}@1.0.0`])
    const path = join(data, 'package.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace(`${name}@1.0.0`, name))
    const asked = holdUp()
    const update = startCli(home, ['plugins', 'update'])
    await asked
    update.kill('SIGTERM')
    expect((await update.finished).code).toBe(143)
    expect(plugins()).toEqual([name])
    expect(await listed()).toMatchObject([{ name, version: '1.0.0', problem: null }])
  })
})

test('a list that is damaged meanwhile: the plugin is not there, and the file is named', async () => {
  await cliJson(home, ['plugins', 'install', `${name}@1.0.0`])
  await cliJson(home, ['plugins', 'uninstall', name])
  between.onRequest = () => writeFileSync(join(data, 'package.json'), '{"oclif":{"plug')
  const result = await runCli(home, ['plugins', 'install', name])
  expect(result).toMatchObject({ code: 1, stdout: '' })
  expect(result.stderr).toContain('was not installed, and nothing of it is left.')
  expect(result.stderr).toContain(join(data, 'package.json'))
  expect(plugins()).toEqual([])
})

test('two at once are both there', async () => {
  const other = packageOf(home, '2.0.0')
  const path = join(other, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...manifest, name: 'secure-chat-plugin-loud' }))
  writeFileSync(
    join(other, 'lib/chat.js'),
    readFileSync(join(other, 'lib/chat.js'), 'utf8').replace("'shout'", "'loud'"),
  )
  const results = await Promise.all(
    [name, other, name].map((source) => runCli(home, ['plugins', 'install', source])),
  )
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
  expect((await listed()).map((plugin: { name: string }) => plugin.name).toSorted()).toEqual([
    name,
    'secure-chat-plugin-loud',
  ])
  expect(plugins().toSorted()).toEqual([name, 'secure-chat-plugin-loud'])
})

const onSmallDisk = canMount() ? test : test.skip
onSmallDisk('a full disk: said so, and nothing is left', async () => {
  const disk = mountSmallDisk(home, 4)
  const env = { SECURE_CHAT_DATA_DIR: disk.folder }
  between.onRequest = () => disk.fill()
  const result = await runCli(home, ['plugins', 'install', name], { env })
  disk.free()
  expect(result.stdout).toBe('')
  expect(result.stderr).toContain('(disk_full)')
  expect(plugins(disk.folder)).toEqual([])
})
