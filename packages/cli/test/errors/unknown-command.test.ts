import { expect, test } from '@jest/globals'
import { unknownCommand } from '../../src/errors/unknown-command.ts'

const oclif = (message: string, exit: number) =>
  Object.assign(new Error(message), { oclif: { exit } })
const ids = ['send', 'whoami', 'outbox', 'outbox:retry', 'keys:show']

test.each([
  ['nope', 'There is no command "nope".', 'secure-chat help'],
  ['sendd bob hello', 'There is no command "sendd".', 'secure-chat help'],
  ['outbox nope', 'There is no command "outbox nope".', 'secure-chat help outbox'],
  ['keys nope --json', 'There is no command "keys nope".', 'secure-chat help keys'],
  ['whoami extra', 'The command "whoami" takes no "extra".', 'secure-chat help whoami'],
  ['help outbox nope', 'There is no command "outbox nope".', 'secure-chat help outbox'],
])('%s: %s', (typed, message, suggestion) => {
  for (const thrown of [
    oclif('Run secure-chat help for a list', 127),
    oclif(`command ${typed.replaceAll(' ', ':')} not found`, 2),
    oclif(`Command ${typed} not found.`, 2),
  ]) {
    expect(unknownCommand(thrown, typed.split(' '), ids)).toMatchObject({
      code: 'usage',
      message,
      suggestions: [suggestion],
    })
  }
})

test('says nothing of other errors', () => {
  for (const thrown of [oclif('Nonexistent flag: --x', 2), new Error('command x not found'), 7]) {
    expect(unknownCommand(thrown, ['nope'], ids)).toBeUndefined()
  }
})
