import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { builtWith, manifestOf } from '../src/manifest.ts'
import type { Half, Plan } from '../src/plan.ts'
import { filesOf } from '../src/template.ts'

const planFor = (...halves: Half[]): Plan => ({ name: 'quiet-hours', halves, folder: '/nowhere' })
const base = ['.gitignore', 'README.md', 'package.json', 'tsconfig.build.json', 'tsconfig.json']
const server = ['secure-chat.config.ts', 'src/server.ts', 'test/server.test.ts']
const cli = ['src/chat.ts', 'test/chat.test.ts']

describe('the files of a new plugin', () => {
  test.each<readonly [readonly Half[], readonly string[]]>([
    [['server'], server],
    [['cli'], cli],
    [
      ['server', 'cli'],
      [...server, ...cli],
    ],
  ])('for %j are those of these halves', (halves, expected) => {
    const files = filesOf(planFor(...halves), '1.2.3')
    expect([...files.keys()].sort()).toEqual([...base, ...expected].sort())
    const readme = files.get('README.md') ?? ''
    expect(readme.includes('## On a server')).toBe(halves.includes('server'))
    expect(readme.includes('## In a chat')).toBe(halves.includes('cli'))
  })

  test('have its name, and not that of the template', () => {
    const files = filesOf(planFor('server', 'cli'), '1.2.3')
    for (const text of files.values()) expect(text).not.toContain('my-plugin')
    expect(files.get('src/server.ts')).toContain("name: 'quiet-hours'")
    expect(files.get('src/chat.ts')).toContain("name: 'quiet-hours'")
    expect(files.get('README.md')).toContain('# secure-chat-plugin-quiet-hours\n')
  })
})

describe('the package.json of a new plugin', () => {
  test('names the halves that there are, and what each is tested with', () => {
    expect(manifestOf(planFor('server'), '1.2.3')).toMatchObject({
      name: 'secure-chat-plugin-quiet-hours',
      keywords: ['secure-chat-plugin'],
      secureChat: { api: '^1', server: './dist/server.js' },
      peerDependenciesMeta: { '@secure-chat/plugin-sdk': { optional: true } },
      devDependencies: { '@secure-chat/plugin-sdk': '^1.2.3', '@secure-chat/server': '^1.2.3' },
    })
    expect(manifestOf(planFor('server'), '1.2.3')).not.toHaveProperty('oclif')
    const ofCli = manifestOf(planFor('cli'), '1.2.3')
    expect(ofCli).toMatchObject({
      secureChat: { api: '^1' },
      oclif: { hooks: { 'chat:extend': './dist/chat.js' } },
      // The testing kit's chat talks over a server.
      devDependencies: { '@secure-chat/cli': '^1.2.3', '@secure-chat/server': '^1.2.3' },
    })
    expect(ofCli).not.toHaveProperty(['secureChat', 'server'])
  })

  test.each([
    ['0.1.0', '^0.1.0 || ^1'],
    ['0.4.2', '^0.4.2 || ^1'],
    ['1.2.3', '^1'],
    ['2.0.0-rc.1', '^2'],
  ])('of version %s takes the SDK %s', (version, range) => {
    expect(manifestOf(planFor('cli'), version)).toMatchObject({
      peerDependencies: { '@secure-chat/plugin-sdk': range },
    })
  })

  test('is built with what this repository is built with', () => {
    const root = readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')
    const { devDependencies } = JSON.parse(root)
    for (const [name, range] of Object.entries(builtWith)) {
      expect(range).toBe(`^${devDependencies[name]}`)
    }
  })
})
