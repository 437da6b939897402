import fc from 'fast-check'
import { printable } from '../src/index.ts'
import { runs } from './runs.ts'

test.each([
  'hello',
  'Grüße, κόσμε',
  '日本語',
  'नमस्ते',
  'مرحبا',
  '👍🏽',
  '👨‍👩‍👧',
  '❤️',
  '🇩🇪',
  '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '5️⃣',
  '🏳️‍🌈',
  '👩🏽‍🤝‍👨🏻',
  '¼ × €',
  'e\u0301',
])('shows %s as it is', (text) => {
  expect(printable(text)).toBe(text)
})

test.each([
  ['escape', '\u001b[31m', '\\u{1b}[31m'],
  ['C1 control sequence introducer', '\u009b31m', '\\u{9b}31m'],
  ['carriage return', 'a\rb', 'a\\u{d}b'],
  ['backspace', 'a\bb', 'a\\u{8}b'],
  ['bell', '\u0007', '\\u{7}'],
  ['delete', '\u007f', '\\u{7f}'],
  ['NUL', '\0', '\\u{0}'],
  ['line feed', 'a\nb', 'a\\u{a}b'],
  ['line separator', '\u2028', '\\u{2028}'],
  ['right-to-left override', '\u202egpj', '\\u{202e}gpj'],
  ['isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
  ['left-to-right mark', '\u200e', '\\u{200e}'],
  ['Arabic letter mark', '\u061c', '\\u{61c}'],
  ['zero-width space', 'a\u200bb', 'a\\u{200b}b'],
  ['zero-width joiner outside an emoji', 'a\u200db', 'a\\u{200d}b'],
  ['byte order mark', '\ufeff', '\\u{feff}'],
  ['soft hyphen', '\u00ad', '\\u{ad}'],
  ['Hangul filler', '\u3164', '\\u{3164}'],
  ['tag characters', '\u{e0041}', '\\u{e0041}'],
  ['variation selector alone', 'a\ufe0f', 'a\\u{fe0f}'],
  ['joiner at the end of an emoji', '👨\u200d', '👨\\u{200d}'],
  ['joiner between emoji and letter', '👨\u200da', '👨\\u{200d}a'],
  ['text hidden in tags behind a flag', '🏴\u{e0061}\u{e007f}', '🏴\\u{e0061}\\u{e007f}'],
  ['selector behind an emoji not yet assigned', '\u{1fffd}\ufe0f', '\\u{1fffd}\\u{fe0f}'],
  ['two selectors', '❤\ufe0f\ufe0f', '❤\ufe0f\\u{fe0f}'],
  ['private use', '\ue000', '\\u{e000}'],
  ['lone surrogate', '\ud83d', '\\u{d83d}'],
  ['not a character', '\u{10ffff}', '\\u{10ffff}'],
])('escapes %s', (_, text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('keeps LF and TAB only when asked', () => {
  expect(printable('a\tb\nc\r', undefined, { lines: true })).toBe('a\tb\nc\\u{d}')
})

test('nothing that steers a terminal or hides passes, whatever comes in', () => {
  const nasty = fc.constantFrom(
    '\u001b',
    '\u009b',
    '\r',
    '\u202e',
    '\u200d',
    '\ufe0f',
    '👨',
    '👩',
    'a',
    '\ud83d',
    '\udc68',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(nasty, { maxLength: 12 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (any) => {
      const emoji =
        /(?<=\p{ExtPict}[\u{fe0f}\p{EMod}]?)\u200d(?=\p{ExtPict})|(?<=[\p{ExtPict}#*0-9])\ufe0f/gu
      const outside = printable(any).replace(emoji, '')
      expect(outside).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/v)
      expect(printable(any, undefined, { lines: true })).not.toMatch(/[\p{Cc}--[\n\t]]/v)
    }),
    runs(500),
  )
})

test('what was shown is shown again unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (any) => {
      expect(printable(printable(any))).toBe(printable(any))
    }),
    runs(200),
  )
})

test('cuts to the length asked for, never inside an escape or an emoji', () => {
  expect(printable('hello', 5)).toBe('hello')
  expect(printable('hello!', 5)).toBe('hell…')
  expect(printable('👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 2)).toBe('👨‍👩‍👧…')
  expect(printable('ab\u001bcd', 5)).toBe('ab…')
  expect(printable('x', 0)).toBe('')
})
