import { describe, expect, test } from '@jest/globals'
import { wrapText } from '../../../src/chat/view/layout.ts'
import { wrapStyled } from '../../../src/chat/view/styled-rows.ts'

const bold = (text: string) => `\x1b[1m${text}\x1b[22m`
const code = (text: string) => `\x1b[36m${text}\x1b[39m`
const unstyled = (row: string) => row.replaceAll(/\x1b\[\d+m/g, '')

describe('styled text in rows', () => {
  test('is cut where it would be without styles', () => {
    const text = 'one two three four five six seven eight nine ten'
    const styledText = `one ${bold('two three four')} five ${code('six seven eight nine')} ten`
    for (const width of [8, 11, 20, 60]) {
      expect(wrapStyled(styledText, width).map(unstyled)).toEqual(wrapText(text, width))
    }
  })

  test('closes a style at the end of a row and opens it on the next', () => {
    expect(wrapStyled(bold('one two three four'), 9)).toEqual([
      bold('one two'),
      bold('three'),
      bold('four'),
    ])
  })

  test('keeps styles inside one another, over line breaks', () => {
    expect(wrapStyled(`\x1b[1ma\n${code('b')}\x1b[22m c`, 20)).toEqual([
      bold('a'),
      `\x1b[1m${code('b')}\x1b[22m c`,
    ])
  })

  test('loses no sequence at the end', () => {
    expect(wrapStyled(`${bold('x')}\x1b[0m`, 20)).toEqual([`${bold('x')}\x1b[0m`])
  })
})
