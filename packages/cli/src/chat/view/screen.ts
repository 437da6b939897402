/**
 * A terminal of two parts: lines that scroll away upwards and stay in the scrollback, and below them an
 * area that is drawn anew (what waits to be sent, what is being typed). Only this file writes control
 * sequences; every text that reaches it is already safe for a terminal.
 */
import { rowsTaken } from './layout.ts'

export type Area = {
  readonly rows: readonly string[]
  readonly cursor: { readonly row: number; readonly column: number }
}

/** A printed line that may be written again while it is still on the screen. */
export type PrintedLine = { readonly id: number }

export type Screen = {
  /** Prints above the area, which comes back with its cursor as it was. */
  print(lines: readonly string[]): PrintedLine
  /** Writes the first of the printed lines again; false when it has scrolled away or changed its height. */
  amend(line: PrintedLine, text: string): boolean
  draw(area: Area): void
  /** Clears the whole screen and draws the area at its top. */
  clear(): void
  /** The terminal was resized: what was printed may have moved, so nothing older can be amended. */
  resized(): void
  /** Leaves the cursor on a fresh line below everything. */
  close(): void
}

type Output = { write(text: string): unknown; readonly columns?: number; readonly rows?: number }

const empty: Area = { rows: [''], cursor: { row: 0, column: 0 } }
const up = (count: number) => (count > 0 ? `\x1b[${count}A` : '')
const down = (count: number) => (count > 0 ? `\x1b[${count}B` : '')
const toColumn = (column: number) => `\x1b[${column + 1}G`
const clearBelow = '\x1b[0J'
const clearLine = '\x1b[2K'

export function makeScreen(out: Output): Screen {
  let area = empty
  let printedRows = 0
  let nextId = 0
  let amendable = new Map<number, { row: number; height: number }>()
  const columns = () => out.columns ?? 80
  const height = () => out.rows ?? 24

  const toAreaTop = () => `\r${up(area.cursor.row)}`
  const areaText = (drawn: Area) =>
    drawn.rows.join('\r\n') +
    up(drawn.rows.length - 1 - drawn.cursor.row) +
    toColumn(drawn.cursor.column)

  return {
    print(lines) {
      const id = nextId++
      const first = lines[0] ?? ''
      amendable.set(id, { row: printedRows, height: rowsTaken(first, columns()) })
      for (const line of lines) printedRows += rowsTaken(line, columns())
      const text = lines.map((line) => `${line}\r\n`).join('')
      out.write(toAreaTop() + clearBelow + text + areaText(area))
      forgetScrolledAway()
      return { id }
    },
    amend({ id }, text) {
      const place = amendable.get(id)
      const distance = place ? printedRows - place.row + area.cursor.row : 0
      // A line that wraps, or one at the very top that may have scrolled, is not worth the risk of writing over another.
      if (!place || place.height > 1 || rowsTaken(text, columns()) > 1) return false
      if (distance >= height() - (area.rows.length - area.cursor.row)) return false
      out.write(
        `\r${up(distance)}${clearLine}${text}\r${down(distance)}${toColumn(area.cursor.column)}`,
      )
      return true
    },
    draw(next) {
      out.write(toAreaTop() + clearBelow + areaText(next))
      area = next
    },
    clear() {
      amendable = new Map()
      out.write(`\x1b[2J\x1b[H${areaText(area)}`)
    },
    resized() {
      amendable = new Map()
      // Terminals differ in whether they wrap the rows around the cursor anew. Going up only as far as the
      // area was high may leave a trace of the old draft, and never writes over a line of the chat.
    },
    close() {
      out.write(`${down(area.rows.length - 1 - area.cursor.row)}\r\n`)
      area = empty
    },
  }

  function forgetScrolledAway(): void {
    for (const [id, place] of amendable) {
      if (printedRows - place.row < height()) return
      amendable.delete(id)
    }
  }
}
