import { describe, expect, test } from '@jest/globals'
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { ownCommands } from '../../src/chat/slash/commands.ts'
import { complaintAbout } from '../../src/plugins/check-plugin.ts'
import { checkConflicts } from '../../src/plugins/conflicts.ts'

const good = { name: 'poll', apiVersion: 1 } as const
const command = (name: string) => ({ name, describe: 'x', run: () => undefined })

describe('what a hook hands over', () => {
  test('is a plugin with any part left out', () => {
    expect(complaintAbout(good)).toBeUndefined()
    expect(complaintAbout({ ...good, slashCommands: [], kinds: {}, on: {} })).toBeUndefined()
  })

  test.each([
    [undefined, 'gave no plugin'],
    [{ apiVersion: 1 }, 'name'],
    [{ ...good, name: 'Ob\x1b[31m' }, 'name'],
    [{ name: 'poll' }, 'apiVersion'],
    [{ ...good, apiVersion: 2 }, 'version 1 of the plugin API'],
    [{ ...good, transformOutgoings: {} }, '"transformOutgoings"'],
    [{ ...good, transformOutgoing: () => 'x' }, 'handler'],
    [{ ...good, transformIncoming: { handler() {}, band: 'first' } }, 'early, normal, late'],
    [{ ...good, renderers: [() => 'x', 'y'] }, 'renderers[1]'],
    [{ ...good, slashCommands: [command('/poll')] }, 'slashCommands[0]'],
    [{ ...good, slashCommands: [command('Poll')] }, 'slashCommands[0]'],
    [{ ...good, slashCommands: [{ name: 'poll', describe: 'x' }] }, '"run"'],
    [{ ...good, kinds: { poll: {} } }, '"poll"'],
    [{ ...good, kinds: { 'x-poll': { text() {} } } }, 'x-poll'],
    [{ ...good, on: { open() {} } }, '"open"'],
  ])('%j is told what is wrong', (value, part) => {
    expect(complaintAbout(value)).toContain(part)
  })
})

describe('names that only one may have', () => {
  const collected = (
    name: string,
    commands: readonly string[],
    kinds: CliPlugin['kinds'] = {},
  ) => ({
    packageName: `secure-chat-plugin-${name}`,
    plugin: { name, apiVersion: 1 as const, slashCommands: commands.map(command), kinds },
  })

  test('two plugins with one slash command: both are named', () => {
    const both = [collected('poll', ['vote']), collected('election', ['vote'])]
    expect(() => checkConflicts(both)).toThrow(/poll.*election.*\/vote/)
  })

  test.each(ownCommands.map(({ name }) => name))("the chat's own /%s", (name) => {
    expect(() => checkConflicts([collected('poll', [name])])).toThrow(
      new RegExp(`secure-chat itself.*poll.*/${name}`),
    )
  })

  test('two with one name, by their packages; two with one kind', () => {
    const twice = [collected('poll', []), { ...collected('poll', []), packageName: 'other' }]
    expect(() => checkConflicts(twice)).toThrow(/secure-chat-plugin-poll.*other.*"poll"/)
    const kind = { 'x-poll': { parse: (body: unknown) => body, text: () => '' } }
    expect(() => checkConflicts([collected('a', [], kind), collected('b', [], kind)])).toThrow(
      /a.*b.*x-poll/,
    )
  })
})
