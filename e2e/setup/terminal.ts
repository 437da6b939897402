/** A real pseudo-terminal with a terminal emulator behind it: what a person types and sees. */
import { type IPty, spawn } from '@lydell/node-pty'
import xterm, { type IBuffer } from '@xterm/headless'
import { cliProgram } from './paths.ts'
import type { Home } from './scratch.ts'
import { useWideCharacters } from './wide-characters.ts'

export type Terminal = {
  type(text: string): void
  /** Every line of screen and scrollback, without trailing blanks. */
  lines(): Promise<string[]>
  /** The same with colours and styles, cell by cell. */
  buffer(): Promise<IBuffer>
  /** The emulator's cursor: row counted from the first line, column. */
  cursor(): Promise<{ row: number; column: number }>
  /** Resolves with the screen once it holds the text or matches; rejects with the screen after 20 s. */
  until(expected: string | RegExp): Promise<string>
  /** Everything the program wrote, control sequences included. */
  raw(): string
  resize(columns: number, rows: number): void
  kill(signal: string): void
  readonly pid: number
  readonly exited: Promise<number>
}

export type TerminalOptions = {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Record<string, string>
}

const patienceMs = 60_000

export function openTerminal(
  home: Home,
  file: string,
  args: readonly string[],
  options: TerminalOptions = {},
): Terminal {
  const { columns = 100, rows = 30 } = options
  const emulator = new xterm.Terminal({
    cols: columns,
    rows,
    allowProposedApi: true,
    scrollback: 5_000,
  })
  useWideCharacters(emulator.unicode)
  const process: IPty = spawn(file, [...args], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: home.folder,
    env: { ...home.env, ...options.env },
  })
  let raw = ''
  let drawn: Promise<void> = Promise.resolve()
  const watchers = new Set<() => void>()
  process.onData((data) => {
    raw += data
    drawn = drawn.then(() => new Promise((resolve) => emulator.write(data, resolve)))
    void drawn.then(() => {
      for (const watch of watchers) watch()
    })
  })
  const exited = new Promise<number>((resolve) =>
    process.onExit(({ exitCode }) => resolve(exitCode)),
  )

  const read = () => {
    const buffer = emulator.buffer.active
    const all = Array.from(
      { length: buffer.length },
      (_, index) => buffer.getLine(index)?.translateToString(true).trimEnd() ?? '',
    )
    while (all.at(-1) === '') all.pop()
    return all
  }
  const matches = (expected: string | RegExp) => {
    const text = read().join('\n')
    return typeof expected === 'string' ? text.includes(expected) : expected.test(text)
  }

  return {
    pid: process.pid,
    exited,
    type: (text) => process.write(text),
    async lines() {
      await drawn
      return read()
    },
    async buffer() {
      await drawn
      return emulator.buffer.active
    },
    async cursor() {
      await drawn
      const buffer = emulator.buffer.active
      return { row: buffer.baseY + buffer.cursorY, column: buffer.cursorX }
    },
    until(expected) {
      return new Promise((resolve, reject) => {
        const settle = () => {
          clearTimeout(timer)
          watchers.delete(watch)
        }
        const watch = () => {
          if (!matches(expected)) return
          settle()
          resolve(read().join('\n'))
        }
        const timer = setTimeout(() => {
          settle()
          reject(new Error(`Never saw ${expected} on the screen:\n${read().join('\n')}`))
        }, patienceMs)
        watchers.add(watch)
        watch()
      })
    },
    raw: () => raw,
    resize(newColumns, newRows) {
      emulator.resize(newColumns, newRows)
      process.resize(newColumns, newRows)
    },
    kill: (signal) => process.kill(signal),
  }
}

export function openCliTerminal(
  home: Home,
  args: readonly string[],
  options: TerminalOptions = {},
): Terminal {
  return openTerminal(home, globalThis.process.execPath, [cliProgram, ...args], options)
}
