import { printable } from '@secure-chat/protocol/printable'
import type { Style } from './style.ts'

export type Column<Row> = {
  readonly header: string
  /** The exact value: what a pipe gets, never cut. */
  readonly value: (row: Row) => string
  /** What a person gets instead, such as a relative time. */
  readonly shown?: (row: Row) => string
  readonly paint?: (text: string, row: Row, style: Style) => string
}

/** Tab-separated, no header: one line a row, tabs and line breaks inside a value escaped. */
export function tabSeparated<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return rows
    .map((row) => `${columns.map(({ value }) => printable(value(row))).join('\t')}\n`)
    .join('')
}
