import { expect, test } from '@jest/globals'
import type { CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { checkConflicts } from '../../src/plugins/conflicts.ts'

const from = (packageName: string, plugin: Omit<CliPlugin, 'apiVersion'>) => ({
  packageName,
  plugin: { apiVersion: 1 as const, ...plugin },
})
const waves = (name: string) => ({
  name,
  slashCommands: [{ name: 'wave', describe: 'wave', run: () => undefined }],
})
const polls = (name: string) => ({
  name,
  kinds: { 'x-poll': { parse: (body: unknown) => body, text: () => '' } },
})

test.each([
  ['a slash command', waves, 'aa and the plugin bb both claim /wave: only one can have it.'],
  [
    'a kind',
    polls,
    'aa and the plugin bb both claim messages of kind x-poll: only one can have it.',
  ],
])(
  '%s of two plugins names both, and either can be uninstalled as it stands',
  (_what, make, message) => {
    const check = () => checkConflicts([from('pkg-aa', make('aa')), from('pkg-bb', make('bb'))])
    expect(check).toThrow(
      expect.objectContaining({
        code: 'plugin_error',
        message,
        suggestions: [
          '--no-plugins goes on without plugins.',
          'secure-chat plugins uninstall pkg-aa',
          'secure-chat plugins uninstall pkg-bb',
        ],
      }),
    )
  },
)

test('a command of the program itself is not to be uninstalled', () => {
  const quits = {
    name: 'aa',
    slashCommands: [{ name: 'quit', describe: '', run: () => undefined }],
  }
  expect(() => checkConflicts([from('pkg-aa', quits)])).toThrow(
    expect.objectContaining({
      message: 'secure-chat itself and the plugin aa both claim /quit: only one can have it.',
      suggestions: [
        '--no-plugins goes on without plugins.',
        'secure-chat plugins uninstall pkg-aa',
      ],
    }),
  )
})

test('what each has for itself is no conflict', () => {
  checkConflicts([from('pkg-aa', waves('aa')), from('pkg-bb', polls('bb'))])
})
