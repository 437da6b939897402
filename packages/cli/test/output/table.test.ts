import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { aligned, cutTo } from '../../src/output/aligned-table.ts'
import { styleFor } from '../../src/output/style.ts'
import { type Column, tabSeparated } from '../../src/output/table.ts'

type Row = { readonly name: string; readonly text: string }
const columns: Column<Row>[] = [
  { header: 'NAME', value: ({ name }) => name },
  { header: 'TEXT', value: ({ text }) => text },
]
const style = styleFor({ isTTY: true }, { colour: 'never' })

describe('tab-separated', () => {
  test('every row is one line with a tab fewer than columns, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ name: fc.string({ unit: 'binary' }), text: fc.string({ unit: 'binary' }) }),
        ),
        (rows) => {
          const lines = tabSeparated(columns, rows).split('\n')
          expect(lines.pop()).toBe('')
          expect(lines).toHaveLength(rows.length)
          for (const line of lines) expect(line.split('\t')).toHaveLength(2)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('cuts nothing', () => {
    const text = 'x'.repeat(5000)
    expect(tabSeparated(columns, [{ name: 'a', text }])).toBe(`a\t${text}\n`)
  })
})

describe('aligned', () => {
  test('keeps columns straight under wide characters and emoji', () => {
    const rows = [
      { name: '日本', text: 'a' },
      { name: 'ab', text: 'b' },
      { name: '👨‍👩‍👧', text: 'c' },
    ]
    const lines = aligned(columns, rows, { width: 80, style }).trimEnd().split('\n')
    const starts = lines.map(
      (line) => stringWidth(line.slice(0, -4).padEnd(4)) && stringWidth(line),
    )
    expect(lines).toHaveLength(4)
    const textAt = lines.slice(1).map((line) => stringWidth(line) - 1)
    expect(new Set(textAt).size).toBe(1)
    expect(starts).toHaveLength(4)
  })

  test('is never wider than the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const lines = aligned(columns, [{ name: 'bob', text }], { width: 40, style }).split('\n')
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(40)
      }),
      { numRuns: 50 },
    )
  })

  test('lets no control character through', () => {
    const out = aligned(columns, [{ name: '\u001b[2J', text: '\r\u0007\u202e' }], {
      width: 80,
      style,
    })
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })

  test('cuts by columns on the screen, at whole characters', () => {
    expect(cutTo('日本語', 5)).toBe('日本…')
    expect(cutTo('日本', 4)).toBe('日本')
    expect(cutTo('abc', 3)).toBe('abc')
  })
})
