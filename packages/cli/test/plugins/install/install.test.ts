import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type Home, makeHome } from '../../support/cli.ts'
import { copyPlugin } from '../../support/plugins.ts'

jest.setTimeout(180_000)

/** The program with its npm, from folders: nothing is asked of any registry. */
let home: Home
let data: string
beforeEach(() => {
  home = makeHome('http://127.0.0.1:9')
  data = join(home.dir, 'data/secure-chat')
})
afterEach(() => home.remove())

const name = 'secure-chat-plugin-shout'
const listed = async () => (await home.json(['plugins'])).plugins

test.each([
  'package-lock=false',
  'lockfile-version=1',
  'save=false',
  'global=true',
  'location=global',
  'dry-run=true',
])('npm of the user is set to %s: installed all the same, into its own folder', async (setting) => {
  writeFileSync(join(home.dir, '.npmrc'), `${setting}\nprefix=${join(home.dir, 'global')}\n`)
  const { code, stderr } = await home.run(['plugins', 'install', copyPlugin(home, 'shout')])
  expect([code, stderr]).toEqual([0, expect.stringContaining(name)])
  expect(await listed()).toMatchObject([{ name, version: '1.0.0', problem: null }])
})

test('what another install took away meanwhile is no failure of this one', async () => {
  mkdirSync(join(data, 'plugins'), { recursive: true })
  // Named when the folder is read and not there when it is looked at, as one that was just put in place.
  symlinkSync('nowhere', join(data, 'plugins/.new-other'))
  const { code } = await home.run(['plugins', 'install', copyPlugin(home, 'shout')])
  expect(code).toBe(0)
})

test('a link that cannot be listed leaves the installed one as it was', async () => {
  const folder = copyPlugin(home, 'shout')
  await home.run(['plugins', 'install', folder])
  rmSync(join(data, 'plugins.lock'), { force: true })
  mkdirSync(join(data, 'plugins.lock'))
  const { code, stderr } = await home.run(['plugins', 'link', folder])
  expect([code, stderr]).toEqual([1, expect.stringContaining('plugins.lock cannot be locked')])
  expect(await listed()).toMatchObject([{ name, type: 'user', problem: null }])
})

test('a registry that is not there is told as such, with what to do about it', async () => {
  const { code, stderr } = await home.run(['plugins', 'install', 'secure-chat-plugin-nowhere'], {
    env: { SECURE_CHAT_NPM_REGISTRY: 'http://127.0.0.1:9' },
  })
  expect(code).toBe(3)
  expect(stderr).toMatch(/npm says: [^\n]*ECONNREFUSED 127\.0\.0\.1:9\b/)
  expect(stderr).toContain('Is this computer online?')
  expect(stderr).toMatch(/\(network_unreachable\)\n$/)
  expect(stderr).not.toMatch(/\bat \S+ \(|[{}]|secure-chat doctor/)
})
