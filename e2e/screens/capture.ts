/** What a terminal shows, as runs of text that look the same. */
import type { IBuffer, IBufferCell } from '@xterm/headless'

export type Colour = number | `#${string}` | undefined

export type Look = {
  /** A number of the palette of 256, an RGB value, or the terminal's own. */
  readonly foreground: Colour
  readonly background: Colour
  readonly isBold: boolean
  readonly isDim: boolean
  readonly isItalic: boolean
  readonly isUnderlined: boolean
}

/** Characters from a column on; `width` in cells. What takes two cells, as an emoji, is a run of its own. */
export type Run = {
  readonly column: number
  readonly width: number
  readonly text: string
  readonly look: Look
}

/** Every line up to the last that is not empty. */
export function capture(buffer: IBuffer): Run[][] {
  const rows = Array.from({ length: buffer.length }, (_, row) => runsOf(buffer, row))
  while (rows.at(-1)?.length === 0) rows.pop()
  return rows
}

function runsOf(buffer: IBuffer, row: number): Run[] {
  const line = buffer.getLine(row)
  const runs: Run[] = []
  for (let column = 0; column < (line?.length ?? 0); column++) {
    const cell = line?.getCell(column)
    // Of a wide character the second cell has no width.
    if (cell === undefined || cell.getWidth() === 0) continue
    const run = { column, width: cell.getWidth(), text: cell.getChars() || ' ', look: lookOf(cell) }
    const before = runs.at(-1)
    if (before && isAlike(before, run)) runs.splice(-1, 1, joined(before, run))
    else runs.push(run)
  }
  const last = runs.at(-1)
  if (last) runs.splice(-1, 1, ...withoutTail(last))
  return runs
}

function joined(before: Run, { text, width }: Run): Run {
  return { ...before, text: before.text + text, width: before.width + width }
}

/** Cells that nothing was written to are blanks of no look. */
function withoutTail(run: Run): Run[] {
  const text = run.look.background === undefined ? run.text.trimEnd() : run.text
  return text === '' ? [] : [{ ...run, text, width: run.width - (run.text.length - text.length) }]
}

function lookOf(cell: IBufferCell): Look {
  const text = colourOf(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor())
  const behind = colourOf(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor())
  const isInverse = cell.isInverse() !== 0
  return {
    foreground: isInverse ? (behind ?? '#0d1117') : text,
    background: isInverse ? (text ?? '#e6edf3') : behind,
    isBold: cell.isBold() !== 0,
    isDim: cell.isDim() !== 0,
    isItalic: cell.isItalic() !== 0,
    isUnderlined: cell.isUnderline() !== 0,
  }
}

function colourOf(isDefault: boolean, isRgb: boolean, value: number): Colour {
  if (isDefault) return undefined
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value
}

function isAlike(before: Run, run: Run): boolean {
  const isWide = run.width > 1 || before.width > Array.from(before.text).length
  return !isWide && JSON.stringify(before.look) === JSON.stringify(run.look)
}
