import { describe, expect, test } from '@jest/globals'
import { makeTheme, safeStyled } from '../../src/plugins/safe-styled.ts'

const colour = makeTheme({ colour: true, width: 80 })
const plain = makeTheme({ colour: false, width: 80 })

describe('what a renderer answers', () => {
  test('keeps the styles of the theme and ends them', () => {
    const text = `${colour.bold('a')} ${colour.code('b')}`
    expect(safeStyled(text, colour)).toBe(`${text}\x1b[0m`)
  })

  test.each([
    '\x1b[2J',
    '\x1b]0;title\x07',
    '\x1b[8m',
    '\x1b[31m',
    '\x9b2J',
    '\r',
    '\u202e',
    '\x1b[1;31m',
  ])('shows %j escaped', (sequence) => {
    const shown = safeStyled(`a${sequence}b`, colour)
    expect(shown).not.toContain(sequence)
    expect(shown).toMatch(/^a\\u\{/)
  })

  test('lets no style through where there is no colour', () => {
    expect(safeStyled(colour.bold('a'), plain)).toBe('\\u{1b}[1ma\\u{1b}[22m')
    expect(plain.bold('a') + plain.link('a', 'https://example.org')).toBe(
      'aa (https://example.org)',
    )
  })

  test('a link shows where it leads', () => {
    expect(colour.link('bank', 'https://evil.example')).toContain('(https://evil.example)')
  })
})
