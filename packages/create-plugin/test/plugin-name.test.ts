import { describe, expect, test } from '@jest/globals'
import { ownCommands } from '../../cli/src/chat/slash/commands.ts'
import { checkName, complaintAbout, namesOfTheChat } from '../src/plugin-name.ts'

describe('the name of a plugin', () => {
  test.each(['ab', 'quiet-hours', 'a1', `a${'b'.repeat(39)}`])('may be %s', (name) => {
    expect(complaintAbout(name)).toBeUndefined()
  })

  test.each(['', 'a', `a${'b'.repeat(40)}`, 'Foo', '1st', '-a', 'a_b', 'a b', 'a/b', '..', 'ab\n'])(
    'may not be %j, and the error quotes it',
    (name) => {
      expect(() => checkName(name, [])).toThrow(JSON.stringify(name))
    },
  )

  test('is none of the chat’s own slash commands, where the plugin brings one of its name', () => {
    expect([...namesOfTheChat].sort()).toEqual(ownCommands.map(({ name }) => name).sort())
    expect(() => checkName('help', ['server', 'cli'])).toThrow('/help of its own')
    expect(() => checkName('help', ['server'])).not.toThrow()
  })
})
