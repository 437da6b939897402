/** What these commands print, by the rules of docs/cli.md. */
import { printable } from '@secure-chat/plugin-sdk/cli'

/** One document; what is not plain ASCII is escaped, so that nothing in it steers a terminal. */
export function jsonDocument(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export type Column<Row> = {
  readonly header: string
  readonly value: (row: Row) => string
  /** What a person gets instead. */
  readonly shown?: (row: Row) => string
}

/** Aligned under headers for a person; tab-separated, exact, without headers in a pipe. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  isTerminal: boolean,
): string {
  if (rows.length === 0) return ''
  if (!isTerminal) {
    return rows
      .map((row) => columns.map(({ value }) => printable(value(row))).join('\t'))
      .join('\n')
  }
  const cells = [
    columns.map(({ header }) => header),
    ...rows.map((row) => columns.map(({ value, shown = value }) => printable(shown(row)))),
  ]
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
