import type { Environment } from '../config/environment.ts'
import { typeable } from './hints.ts'
import { jsonLine, jsonPretty } from './json.ts'
import { page } from './pager.ts'
import { withSpinner } from './spinner.ts'
import { type Style, styleFor } from './style.ts'
import { type Column, tabSeparated } from './table.ts'

/** Data on stdout, everything else on stderr; a person or a program at the other end. */
export type Output = {
  readonly isJson: boolean
  /** A person reads stdout: aligned tables, relative times. */
  readonly isTerminal: boolean
  readonly isPlain: boolean
  readonly style: Style
  readonly errorStyle: Style
  readonly columns: number
  /** The command's one document under `--json`, else what `view` writes. */
  document(value: unknown, view: () => void | Promise<void>): void | Promise<void>
  /** One object on its own line, whatever the mode: streams. */
  record(value: unknown): void
  table<Row>(
    columns: readonly Column<Row>[],
    rows: readonly Row[],
    whenEmpty: string,
  ): Promise<void>
  /** A line of data for a person or a pipe. Text of others must have passed `printable`. */
  line(text: string): void
  paged(text: string): Promise<void>
  /** A line beside the data, on stderr. */
  notice(text: string): void
  /** Commands in a text for people, such that they can be typed here. */
  hint(text: string): string
  waiting<T>(text: string, work: () => Promise<T>): Promise<T>
}

export type OutputOptions = {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly isJson: boolean
  readonly isPlain: boolean
  readonly environment: Pick<Environment, 'colour' | 'pager' | 'isNpx'>
  /** What `--profile` names. */
  readonly profile?: string | undefined
}

export function makeOutput(options: OutputOptions): Output {
  const { stdout, stderr, isJson, isPlain, environment, profile } = options
  const hint = (text: string) => typeable(text, { isNpx: environment.isNpx, profile })
  const isTerminal = stdout.isTTY === true
  const style = styleFor(stdout, environment)
  const errorStyle = styleFor(stderr, environment)
  const columns = stdout.columns || 80
  const line = (text: string) => void stdout.write(`${text}\n`)
  return {
    isJson,
    isTerminal,
    isPlain,
    style,
    errorStyle,
    columns,
    line,
    document(value, view) {
      if (!isJson) return view()
      line(isTerminal ? jsonPretty(value) : jsonLine(value))
    },
    record: (value) => line(jsonLine(value)),
    async table(columnsOfTable, rows, whenEmpty) {
      if (rows.length === 0) stderr.write(isTerminal ? `${hint(whenEmpty)}\n` : '')
      else if (!isTerminal) stdout.write(tabSeparated(columnsOfTable, rows))
      else {
        // Measuring widths takes 15 ms to load, which a pipe does not need.
        const { aligned } = await import('./aligned-table.ts')
        stdout.write(aligned(columnsOfTable, rows, { width: columns, style }))
      }
    },
    paged: (text) => page(text, { stream: stdout, command: environment.pager }),
    notice: (text) => void stderr.write(`${hint(text)}\n`),
    hint,
    waiting: (text, work) =>
      withSpinner(text, work, { stream: stderr, isPlain, isColour: errorStyle.isColour }),
  }
}
