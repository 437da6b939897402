import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { errorTable } from '@secure-chat/protocol/errors'
import { helpTopics } from '../../src/help/topics.ts'
import { globalFlags } from '../../src/input/flags.ts'
import { fixtures } from '../support/plugins.ts'
import { makeWorld, type World } from '../support/world.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/cli.md'), 'utf8')
const commandsDir = join(import.meta.dirname, '../../src/commands')

type Section = { readonly heading: string; readonly body: string }
const sections: Section[] = page
  .split(/^### /m)
  .slice(1)
  .map((text) => ({ heading: text.slice(0, text.indexOf('\n')), body: text }))

type Described = {
  readonly args: Readonly<Record<string, { readonly required?: boolean }>>
  readonly flags: Readonly<
    Record<string, { readonly allowNo?: boolean; readonly default?: unknown }>
  >
  readonly summary: string
  readonly examples: readonly string[]
}

const commandIds = globSync('**/*.ts', { cwd: commandsDir })
  .map((file) => file.replace(/(\/index)?\.ts$/, '').replaceAll('/', ' '))
  .toSorted()

async function load(id: string): Promise<Described> {
  const path = join(commandsDir, ...id.split(' '))
  const [file] = globSync([`${path}.ts`, `${path}/index.ts`])
  return (await import(String(file))).default
}

function sectionOf(id: string): Section {
  const found = sections.find(
    ({ heading }) => heading.replace(/^`secure-chat ([a-z -]*[a-z]).*`$/, '$1') === id,
  )
  if (!found) throw new Error(`docs/cli.md has no section for ${id}`)
  return found
}

describe('docs/cli.md and the program agree', () => {
  test('every command has a section, every section a command', () => {
    const documented = sections.map(({ heading }) =>
      heading.replace(/^`secure-chat ([a-z -]*[a-z]).*`$/, '$1'),
    )
    expect(documented.toSorted()).toEqual(commandIds)
  })

  test.each(commandIds)('%s: arguments, flags, examples', async (id) => {
    const { heading, body } = sectionOf(id)
    const { args, flags, summary, examples } = await load(id)
    const named = [...heading.replace(`secure-chat ${id}`, '').matchAll(/[A-Z]+/g)].map(([word]) =>
      word.toLowerCase(),
    )
    expect(named).toEqual(Object.keys(args))
    const documented = [...body.matchAll(/^- `(?:-\w, )?--([a-z-]+)/gm)].map(([, flag]) => flag)
    const own = Object.entries(flags ?? {}).map(([flag, { allowNo }]) =>
      allowNo ? `no-${flag}` : flag,
    )
    expect(documented).toEqual(own)
    expect(body).toContain(summary)
    for (const example of examples) expect(body).toContain(example.replace(/^\$ /, ''))
  })

  test('the global flags are all there', () => {
    const [, part = ''] = page.split('## Flags of every command')
    for (const flag of Object.keys(globalFlags))
      expect(part.split('## ')[0]).toContain(`\`--${flag}`)
  })

  test('the exit codes are those of the error table, and of the help page', () => {
    const documented = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
    const known = new Set([0, ...Object.values(errorTable).map(({ exit }) => exit)])
    expect(documented).toEqual([...known].toSorted((a, b) => a - b))
    const help = helpTopics['exit-codes']?.() ?? ''
    for (const code of Object.keys(errorTable)) expect(help).toMatch(new RegExp(`\\b${code}\\b`))
    for (const code of documented) expect(help).toMatch(new RegExp(`^ +${code}  `, 'm'))
  })
})

describe('the members of --json are those documented', () => {
  let world: World
  beforeAll(async () => {
    world = await makeWorld(['alice', 'bob'])
    await world.home.run(['send', 'alice', 'a line to have one'], { profile: 'bob' })
  }, 60_000)
  afterAll(() => world.close())

  const shown: readonly (readonly [id: string, args: readonly string[]])[] = [
    ['whoami', []],
    ['users', []],
    ['users show', ['bob']],
    ['users block', ['bob']],
    ['users blocked', []],
    ['users unblock', ['bob']],
    ['presence get', []],
    ['presence set', ['busy', 'docs']],
    ['send', ['bob', 'a line']],
    ['messages', []],
    ['chats', []],
    ['keys', []],
    ['keys show', ['bob']],
    ['keys trust', ['bob']],
    ['keys rotate', ['bob']],
    ['sessions', []],
    ['outbox', []],
    ['outbox retry', []],
    ['config', []],
    ['config set', ['notify', 'off']],
    ['doctor', []],
    ['keys export', ['--out', 'alice.p12', '--passphrase-file', 'password']],
    ['account export', ['export']],
    ['keys replace', ['--password-file', 'password']],
    ['account password', ['--password-file', 'password', '--new-password-file', 'password']],
    ['login', ['alice', '--password-file', 'password']],
    ['plugins install', [join(fixtures, 'shout')]],
    ['plugins', []],
    ['plugins inspect', ['secure-chat-plugin-shout']],
    ['plugins update', []],
    ['plugins uninstall', ['secure-chat-plugin-shout']],
    ['plugins link', [join(fixtures, 'shout')]],
    ['logout', []],
  ]

  test.each(shown)(
    '%s',
    async (id, args) => {
      const example = /```json\n(.*)\n```/.exec(sectionOf(id).body)?.[1] ?? ''
      const answer = await world.home.json([...id.split(' '), ...args], { profile: 'alice' })
      expect(shapeOf(answer)).toEqual(shapeOf(JSON.parse(example), answer))
    },
    20_000,
  )
})

/** Names of members, and of those of the first entry of a list; what is empty in the answer is not compared. */
function shapeOf(value: unknown, answer: unknown = value): unknown {
  if (Array.isArray(value)) {
    const isEmpty = Array.isArray(answer) && answer.length === 0
    return value.length === 0 || isEmpty
      ? []
      : [shapeOf(value[0], Array.isArray(answer) ? answer[0] : undefined)]
  }
  if (typeof value !== 'object' || value === null) return 'value'
  const other: Record<string, unknown> =
    typeof answer === 'object' && answer !== null ? { ...answer } : {}
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [
        name,
        name === 'body' || name === 'meta' ? 'value' : shapeOf(member, other[name]),
      ]),
  )
}
