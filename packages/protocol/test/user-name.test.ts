import fc from 'fast-check'
import { userNameField } from '../src/fields.ts'
import { parseUserName, reservedNames } from '../src/index.ts'
import { runs } from './runs.ts'
import { thrown } from './thrown.ts'

const taken = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{1,31}$/)

test('folds upper case, and folding again changes nothing', () => {
  fc.assert(
    fc.property(taken, (raw) => {
      fc.pre(!reservedNames.has(raw.toLowerCase()))
      const name = parseUserName(raw)
      expect(name).toBe(raw.toLowerCase())
      expect(parseUserName(name)).toBe(name)
    }),
    runs(200),
  )
})

test.each([
  ['one character', 'a'],
  ['33 characters', 'a'.repeat(33)],
  ['a hundred thousand characters', 'a'.repeat(100_000)],
  ['nothing', ''],
  ['a leading dash', '-bob'],
  ['a leading underscore', '_bob'],
  ['a dot', 'b.b'],
  ['a blank', 'bob '],
  ['a line feed at the end', 'bob\n'],
  ['NUL', 'bob\0'],
  ['a path', '../x'],
  ['a Cyrillic look-alike', 'аlice'],
  ['the Kelvin sign, which lower-cases to k', 'boo\u212A'],
  ['a dotted capital I', 'al\u0130ce'],
  ['a full-width letter', 'ｂob'],
  ['a number', 12],
  ['a list', ['bob']],
  ['null', null],
  ['nothing at all', undefined],
])('refuses %s', (_, raw) => {
  expect(thrown(() => parseUserName(raw)).code).toBe('invalid_request')
})

test('refuses reserved names in every spelling', () => {
  for (const name of reservedNames) {
    expect(thrown(() => parseUserName(name)).code).toBe('name_reserved')
    expect(thrown(() => parseUserName(name.toUpperCase())).code).toBe('name_reserved')
  }
})

test('reserves system and every first path segment under /chat', async () => {
  const { endpoints } = await import('../src/index.ts')
  const segments = Object.values(endpoints)
    .filter(({ path }) => path.startsWith('/chat/'))
    .map(({ path }) => path.split('/')[2] ?? '')
    .filter((segment) => !segment.startsWith(':'))
  for (const word of [...segments, 'system', 'groups', 'keys', 'devices', 'batch']) {
    expect(reservedNames).toContain(word)
  }
})

test('the schema takes and gives exactly what parseUserName does', () => {
  const raw = fc.oneof(taken, fc.string({ unit: 'binary' }), fc.constantFrom(...reservedNames))
  fc.assert(
    fc.property(raw, (text) => {
      const bySchema = userNameField.safeParse(text)
      if (bySchema.success) expect(parseUserName(text)).toBe(bySchema.data)
      else thrown(() => parseUserName(text))
    }),
    runs(200),
  )
})
