import fc from 'fast-check'
import {
  type EditorEffect,
  type EditorState,
  initialEditor,
  pastedText,
  pressKey,
} from '../../../src/chat/editor/editor.ts'
import { graphemes } from '../../../src/chat/editor/graphemes.ts'
import type { Key } from '../../../src/chat/editor/keys.ts'

type Press = readonly [text: string | undefined, key: Key]

const type = (text: string): Press[] =>
  Array.from(text, (character) => [character, { sequence: character, name: character }])
const key = (name: string, modifiers: Partial<Key> = {}): Press => [
  undefined,
  { name, sequence: name === 'return' ? '\r' : '', ...modifiers },
]
const ctrl = (name: string) => key(name, { ctrl: true })
const alt = (name: string) => key(name, { meta: true })

function play(presses: readonly Press[], from: EditorState = initialEditor) {
  const effects: EditorEffect[] = []
  let state = from
  for (const [text, pressed] of presses) {
    const step = pressKey(state, text, pressed)
    state = step.state
    if (step.effect) effects.push(step.effect)
  }
  return { state, effects }
}

const enter = key('return')

describe('Enter', () => {
  test('sends the draft and empties the line', () => {
    const { state, effects } = play([...type('hello'), enter])
    expect(effects).toEqual([{ kind: 'submit', text: 'hello' }])
    expect(state.draft.text).toBe('')
  })

  test('sends nothing when there is nothing but blanks', () => {
    expect(play([...type('   '), enter]).effects).toEqual([])
  })

  test('makes a line break after a trailing backslash', () => {
    const { state, effects } = play([...type('one\\'), enter, ...type('two'), enter])
    expect(effects).toEqual([{ kind: 'submit', text: 'one\ntwo' }])
    expect(state.draft.text).toBe('')
  })

  test('makes a line break with Alt', () => {
    const { effects } = play([...type('one'), alt('return'), ...type('two'), enter])
    expect(effects).toEqual([{ kind: 'submit', text: 'one\ntwo' }])
  })
})

describe('a bracketed paste', () => {
  const pasted = (text: string): Press[] => [
    key('paste-start'),
    ...type(text).map(
      ([character, pressed]): Press =>
        character === '\r' ? enter : [character, { ...pressed, sequence: character ?? '' }],
    ),
    key('paste-end'),
  ]

  test('is one draft however many lines it has, and sent only by Enter', () => {
    const { state, effects } = play(pasted('one\r\ntwo\rthree'))
    expect(effects).toEqual([])
    expect(state.draft.text).toBe('one\ntwo\nthree')
    expect(play([enter], state).effects).toEqual([{ kind: 'submit', text: 'one\ntwo\nthree' }])
  })

  test('is sent without the line break it ended with', () => {
    const { effects } = play([...pasted('one\rtwo\r'), enter])
    expect(effects).toEqual([{ kind: 'submit', text: 'one\ntwo' }])
  })

  test('goes in at the cursor, between what was typed', () => {
    const { state } = play([...type('ad'), key('left'), ...pasted('bc')])
    expect(state.draft).toEqual({ text: 'abcd', cursor: 3 })
  })

  test('smuggles in no control character', () => {
    expect(pastedText('a\u001b[31mb\u0007c\u0008\td')).toBe('a[31mbc\td')
  })

  test('gives no meaning to Ctrl-C or Tab inside it', () => {
    const { state, effects } = play([
      key('paste-start'),
      [undefined, { name: 'c', ctrl: true, sequence: '\u0003' }],
      [undefined, { name: 'tab', sequence: '\t' }],
      key('paste-end'),
    ])
    expect(effects).toEqual([])
    expect(state.draft.text).toBe('\t')
  })
})

describe('Ctrl-C', () => {
  test('clears the draft first and leaves on the second press', () => {
    const first = play([...type('secret plan'), ctrl('c')])
    expect(first.state.draft.text).toBe('')
    expect(first.effects).toEqual([{ kind: 'warn-leave' }])
    expect(play([ctrl('c')], first.state).effects).toEqual([{ kind: 'leave' }])
  })

  test('keeps what it clears one Up away', () => {
    expect(play([...type('oh no'), ctrl('c'), key('up')]).state.draft.text).toBe('oh no')
  })

  test('does not leave when anything was typed in between', () => {
    const { effects } = play([ctrl('c'), ...type('x'), ctrl('c')])
    expect(effects).toEqual([{ kind: 'warn-leave' }, { kind: 'warn-leave' }])
  })
})

test('Ctrl-D leaves on an empty line and deletes forward on another', () => {
  expect(play([ctrl('d')]).effects).toEqual([{ kind: 'leave' }])
  const { state, effects } = play([...type('ab'), ctrl('a'), ctrl('d')])
  expect(effects).toEqual([])
  expect(state.draft.text).toBe('b')
})

describe('the input history', () => {
  test('walks what was entered and keeps what was being typed', () => {
    const { state } = play([...type('one'), enter, ...type('two'), enter, ...type('dra')])
    const older = play([key('up')], state).state
    expect(older.draft.text).toBe('two')
    const oldest = play([key('up'), key('up'), key('up')], state).state
    expect(oldest.draft.text).toBe('one')
    expect(play([key('down'), key('down')], oldest).state.draft.text).toBe('dra')
  })

  test('moves inside a draft of several lines before it leaves it', () => {
    const { state } = play([...type('old'), enter, ...type('a'), alt('return'), ...type('b')])
    const up = play([key('up')], state).state
    expect(up.draft).toEqual({ text: 'a\nb', cursor: 1 })
    expect(play([key('up')], up).state.draft.text).toBe('old')
  })
})

describe('emacs keys', () => {
  test.each([
    ['Ctrl-A, Ctrl-K take the line away', [ctrl('a'), ctrl('k')], ''],
    ['Ctrl-W takes the word before the cursor', [ctrl('w')], 'hello big '],
    ['Ctrl-U takes what is before the cursor', [alt('b'), ctrl('u')], 'world'],
    ['Alt-D takes the word after the cursor', [ctrl('a'), alt('d')], ' big world'],
    ['Ctrl-Y brings it back', [ctrl('w'), ctrl('a'), ctrl('y')], 'worldhello big '],
    ['Ctrl-T swaps two characters', [ctrl('t')], 'hello big wordl'],
    [
      'Ctrl-B and Ctrl-F step',
      [ctrl('b'), ctrl('b'), ctrl('f'), key('backspace')],
      'hello big word',
    ],
  ])('%s', (_rule, presses, expected) => {
    expect(play([...type('hello big world'), ...presses]).state.draft.text).toBe(expected)
  })
})

test('a cursor never stands inside a user-perceived character, whatever is pressed', () => {
  const names = [
    'left',
    'right',
    'up',
    'down',
    'backspace',
    'delete',
    'home',
    'end',
    'return',
    'tab',
  ].map((name) => key(name))
  const controls = [...'abdefhknptuwy'].map((name) => ctrl(name))
  const alts = ['b', 'f', 'd', 'return', 'backspace'].map((name) => alt(name))
  const press = fc.oneof(
    fc.constantFrom(...names, ...controls, ...alts),
    fc
      .constantFrom('a', ' ', '界', '👩‍👩‍👧', 'e\u0301', '🇩🇪')
      .map((text): Press => [text, { sequence: text, name: undefined }]),
  )
  fc.assert(
    fc.property(fc.array(press, { maxLength: 60 }), (presses) => {
      const { draft } = play(presses).state
      const boundaries = new Set([0])
      let at = 0
      for (const character of graphemes(draft.text)) {
        at += character.length
        boundaries.add(at)
      }
      expect(boundaries.has(draft.cursor)).toBe(true)
    }),
    { numRuns: 300 },
  )
})
