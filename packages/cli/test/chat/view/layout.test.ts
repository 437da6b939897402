import fc from 'fast-check'
import stringWidth from 'string-width'
import { layOut, windowOf, wrapText } from '../../../src/chat/view/layout.ts'

describe('the input line', () => {
  test('puts the cursor behind wide characters by their columns', () => {
    expect(layOut('> ', '日本', 2, 80).cursor).toEqual({ row: 0, column: 6 })
  })

  test('counts an emoji of several code points once', () => {
    const family = '👩‍👩‍👧'
    expect(layOut('> ', family, family.length, 80).cursor).toEqual({ row: 0, column: 4 })
  })

  test('does not split a wide character at the edge', () => {
    expect(layOut('> ', 'abc日', 4, 7).rows).toEqual(['> abc', '  日'])
  })

  test('continues lines of a draft under the prompt', () => {
    const layout = layOut('> ', 'one\ntwo', 5, 80)
    expect(layout.rows).toEqual(['> one', '  two'])
    expect(layout.cursor).toEqual({ row: 1, column: 3 })
  })

  test('never draws wider than the screen and keeps the cursor on it', () => {
    const anyText = fc.stringMatching(/^[a-z日😀\n\t ]{0,80}$/u)
    fc.assert(
      fc.property(anyText, fc.integer({ min: 8, max: 60 }), fc.nat(), (text, columns, at) => {
        const layout = layOut('> ', text, at % (text.length + 1), columns)
        for (const row of layout.rows) expect(stringWidth(row)).toBeLessThan(columns)
        expect(layout.cursor.column).toBeLessThan(columns)
        expect(layout.cursor.row).toBeLessThan(layout.rows.length)
      }),
      { numRuns: 300 },
    )
  })

  test('shows the part of a long draft that has the cursor', () => {
    const layout = layOut('> ', Array(50).fill('x').join('\n'), 40, 80)
    const shown = windowOf(layout, 5)
    expect(shown.rows).toHaveLength(5)
    expect(shown.cursor.row).toBeLessThan(5)
  })
})

describe('wrapped text', () => {
  test('breaks at spaces and loses no character', () => {
    expect(wrapText('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
  })

  test('breaks a word that is wider than the screen', () => {
    expect(wrapText('a'.repeat(25), 10)).toEqual(['a'.repeat(10), 'a'.repeat(10), 'a'.repeat(5)])
  })

  test('keeps every visible character and every row within the width', () => {
    const anyText = fc.stringMatching(/^[a-z日😀\n ]{0,120}$/u)
    fc.assert(
      fc.property(anyText, fc.integer({ min: 8, max: 40 }), (text, width) => {
        const rows = wrapText(text, width)
        for (const row of rows) expect(stringWidth(row)).toBeLessThanOrEqual(width)
        expect(rows.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
      }),
      { numRuns: 300 },
    )
  })
})
