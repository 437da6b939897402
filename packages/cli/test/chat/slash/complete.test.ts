import { draftOf } from '../../../src/chat/editor/draft.ts'
import { ownCommands } from '../../../src/chat/slash/commands.ts'
import { completeDraft } from '../../../src/chat/slash/complete.ts'
import { parseEntered } from '../../../src/chat/slash/parse.ts'

const complete = (text: string) => completeDraft(draftOf(text), ownCommands, ['alice'])

describe('Tab', () => {
  test('completes the only command that fits and adds a space', () => {
    expect(complete('/qu').draft).toEqual({ text: '/quit ', cursor: 6 })
  })

  test('goes as far as the candidates agree, then shows them', () => {
    expect(complete('/he').draft.text).toBe('/help ')
    expect(complete('/h').candidates).toEqual(['/help', '/history'])
  })

  test('completes arguments of a command', () => {
    expect(complete('/notify of').draft.text).toBe('/notify off ')
    expect(complete('/notify o').candidates).toEqual(['on', 'off'])
  })

  test('completes names in text and leaves other words alone', () => {
    expect(complete('hello al').draft.text).toBe('hello alice ')
    expect(complete('hello @al').draft.text).toBe('hello @alice ')
    expect(complete('hello xy').draft.text).toBe('hello xy')
  })

  test('completes before the cursor only', () => {
    expect(completeDraft({ text: '/qu now', cursor: 3 }, ownCommands, []).draft).toEqual({
      text: '/quit now',
      cursor: 6,
    })
  })
})

describe('an entered line', () => {
  test('is a command when it begins with a slash, with the rest as typed', () => {
    expect(parseEntered('/search two  words')).toEqual({
      kind: 'command',
      name: 'search',
      rest: 'two  words',
    })
  })

  test('is text when the slash is doubled', () => {
    expect(parseEntered('//etc/hosts')).toEqual({ kind: 'text', text: '/etc/hosts' })
  })

  test('is never sent when the command is unknown or misspelt', () => {
    expect(parseEntered('/etc/hosts').kind).toBe('command')
    expect(parseEntered('/').kind).toBe('command')
  })

  test('is text when it has several lines: nobody pastes a command', () => {
    expect(parseEntered('/usr/bin\n/usr/lib').kind).toBe('text')
  })
})
