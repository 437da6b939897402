/**
 * Where text falls on a screen of so many columns. Widths follow UAX #11 and emoji sequences
 * (`string-width`), so CJK, emoji and combining marks keep the cursor in its right column.
 */
import stringWidth from 'string-width'
import { graphemes } from '../editor/graphemes.ts'

export type Layout = {
  readonly rows: readonly string[]
  readonly cursor: { readonly row: number; readonly column: number }
}

const tabWidth = 4

/** Rows of `prompt` + `text`, continued lines indented under the prompt; the cursor as an index into `text`. */
export function layOut(prompt: string, text: string, cursor: number, columns: number): Layout {
  const indent = stringWidth(prompt)
  const width = Math.max(columns - 1, indent + 2)
  const rows: string[] = []
  let row = prompt
  let used = indent
  let position = { row: 0, column: indent }
  let index = 0
  const startRow = () => {
    rows.push(row)
    row = ' '.repeat(indent)
    used = indent
  }
  for (const character of graphemes(text)) {
    if (character === '\n') {
      if (index === cursor) position = { row: rows.length, column: used }
      startRow()
      index += 1
      continue
    }
    const shown = character === '\t' ? ' '.repeat(tabWidth) : character
    const size = stringWidth(shown)
    if (used + size > width) startRow()
    if (index === cursor) position = { row: rows.length, column: used }
    row += shown
    used += size
    index += character.length
  }
  if (cursor >= index) position = { row: rows.length, column: used }
  rows.push(row)
  return { rows, cursor: position }
}

/** At most `height` rows, chosen so that the cursor's row is among them. */
export function windowOf(layout: Layout, height: number): Layout {
  if (layout.rows.length <= height) return layout
  const first = Math.min(Math.max(0, layout.cursor.row - height + 1), layout.rows.length - height)
  return {
    rows: layout.rows.slice(first, first + height),
    cursor: { row: layout.cursor.row - first, column: layout.cursor.column },
  }
}

/** Text cut into rows of at most `width` columns at spaces where there are any; colour-free text only. */
export function wrapText(text: string, width: number): string[] {
  const limit = Math.max(width, 8)
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line.replaceAll('\t', ' '.repeat(tabWidth)), limit))
}

function wrapLine(line: string, limit: number): string[] {
  const rows: string[] = []
  let row = ''
  for (const word of line.split(/(?<= )/)) {
    if (stringWidth(row + word.trimEnd()) <= limit) {
      row += word
      continue
    }
    if (row.trim() !== '') rows.push(row.trimEnd())
    row = ''
    for (const character of graphemes(word)) {
      if (stringWidth(row + character) > limit) {
        rows.push(row)
        row = ''
      }
      row += character
    }
  }
  rows.push(row.trimEnd())
  return rows
}

/** Rows that one printed line takes when the terminal wraps it. */
export function rowsTaken(line: string, columns: number): number {
  return Math.max(1, Math.ceil(stringWidth(line) / Math.max(1, columns)))
}
