import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runBinary } from '../command/support.ts'
import { makePackageFolder, type PackageFolder } from './support/package-folder.ts'

let folder: PackageFolder
beforeEach(() => {
  folder = makePackageFolder()
  mkdirSync(join(folder.path, 'data'), { mode: 0o700 })
})
afterEach(() => folder.remove())

const env = (more: Record<string, string> = {}) => ({
  DATA_DIR: join(folder.path, 'data'),
  PORT: '0',
  LOG_LEVEL: 'info',
  ...more,
})

/** A stranger's plugin: its own folder, no dependency installed, the contract from the server. */
const module = (body = '') => `
  import { defineServerPlugin, z } from '@secure-chat/plugin-sdk/server'
  export default defineServerPlugin({
    name: 'stranger',
    apiVersion: 1,
    capabilities: ['routes'],
    config: z.object({ word: z.string().default('hello') }),
    create: (ctx, { word }) => {
      ${body}
      return {
        routes: { open: (router) => router.get('/word', (_q, response) => response.json({ word })) },
        close: () => ctx.log.info('closed'),
      }
    },
  })`

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => resolve(text))
    })
    call.on('error', reject)
    call.end()
  })
}

test('PLUGINS names packages, everything granted; they get the server\u2019s own copy of the contract', async () => {
  folder.add('stranger', { module: module() })
  writeFileSync(join(folder.path, 'secure-chat.config.json'), '{}')
  const server = runBinary(
    ['start'],
    env({ PLUGINS: 'stranger', SECURE_CHAT_CONFIG: join(folder.path, 'secure-chat.config.json') }),
  )
  const { url } = await server.logged('server.started')
  expect(await get(`${url}/plugins/stranger/word`)).toBe('{"word":"hello"}')
  server.child.kill('SIGTERM')
  const { code, stdout } = await server.finished
  expect(code).toBe(0)
  expect(stdout).toMatch(/"plugin":"stranger","msg":"closed"/)
})

test('the configuration file gives config and grants, and looks for packages beside itself', async () => {
  folder.add('stranger', { module: module() })
  const file = join(folder.path, 'secure-chat.config.js')
  const plugins = [{ use: 'stranger', config: { word: 'configured' }, grant: ['routes'] }]
  writeFileSync(file, `export default { plugins: ${JSON.stringify(plugins)} }`)
  writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
  const server = runBinary(['start'], env({ SECURE_CHAT_CONFIG: file }))
  const { url } = await server.logged('server.started')
  expect(await get(`${url}/plugins/stranger/word`)).toBe('{"word":"configured"}')
  server.child.kill('SIGTERM')
  expect((await server.finished).code).toBe(0)

  const shown = await runBinary(['config'], env({ SECURE_CHAT_CONFIG: file })).finished
  expect(shown.stdout).toContain('"use":"stranger"')
  expect(shown.stdout).not.toContain('configured')
})

test.each(['export default {}', "import 'node:fs'"])(
  'a configuration file in a package of CommonJS, as npm init makes it, is told what is missing: %s',
  async (text) => {
    const file = join(folder.path, 'secure-chat.config.ts')
    writeFileSync(file, text)
    writeFileSync(join(folder.path, 'package.json'), '{"type":"commonjs"}')
    const { code, stderr } = await runBinary(['config'], env({ SECURE_CHAT_CONFIG: file })).finished
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /could not be loaded: .+\. The package\.json beside it must say "type": "module"\./,
    )
  },
)

test('a plugin that does not pass stops the start with one sentence, its code and what to do', async () => {
  const missing = await runBinary(['start'], env({ PLUGINS: 'not-there' })).finished
  expect(missing.code).toBe(1)
  expect(missing.stderr).toMatch(
    /^Plugin not-there is not found in node_modules of .* or above \(plugin_not_found\)\. Install it .*\n$/,
  )
})

test('an entry that is none is named with its place; its config is not repeated', async () => {
  const file = join(folder.path, 'secure-chat.config.json')
  const entry = { use: 'x', grants: ['routes'], config: { secret: 'canary-secret' } }
  writeFileSync(file, JSON.stringify({ plugins: [entry] }))
  const wrong = await runBinary(['start'], env({ SECURE_CHAT_CONFIG: file })).finished
  expect(wrong.code).toBe(1)
  expect(wrong.stderr).toContain('entry 1')
  expect(wrong.stderr).not.toContain('canary-secret')
})

test('what a plugin leaves open does not keep the process from ending', async () => {
  folder.add('stranger', { module: module('setInterval(() => {}, 1000)') })
  const server = runBinary(['start'], env({ PLUGINS: `${folder.path}/node_modules/stranger` }))
  await server.logged('server.started')
  server.child.kill('SIGTERM')
  const { code, stdout } = await server.finished
  expect(code).toBe(0)
  expect(stdout).toContain('"event":"server.leak"')
})

test('a plugin is closed when the start fails after it was made', async () => {
  folder.add('stranger', { module: module() })
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  const failed = await runBinary(
    ['start'],
    env({ PLUGINS: `${folder.path}/node_modules/stranger`, PORT: String(port) }),
  ).finished
  taken.close()
  expect(failed.code).toBe(1)
  expect(failed.stdout).toMatch(/"plugin":"stranger","msg":"closed"/)
})
