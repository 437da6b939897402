/** A real pseudo-terminal, driven as a person would: wait for words, type an answer. */
import pty from '@lydell/node-pty'
import type { Home } from './cli.ts'
import { nodeArgs } from './cli.ts'

export type Terminal = {
  /** Everything that came to the screen so far, escape sequences and all. */
  screen(): string
  /** Resolves once the words stand there that were not there at the last call. */
  see(words: string | RegExp): Promise<void>
  type(keys: string): void
  readonly exit: Promise<number>
}

export type TerminalOptions = {
  readonly env?: Readonly<Record<string, string>>
  readonly columns?: number
}

export function openTerminal(
  home: Home,
  args: readonly string[],
  options: TerminalOptions = {},
): Terminal {
  const { env = {}, columns = 100 } = options
  const child = pty.spawn(process.execPath, [...nodeArgs, ...args], {
    cols: columns,
    rows: 40,
    cwd: home.dir,
    env: { ...home.env, TERM: 'xterm-256color', ...env },
  })
  let screen = ''
  let from = 0
  const watchers = new Set<() => void>()
  child.onData((data) => {
    screen += data
    for (const watcher of watchers) watcher()
  })
  const exit = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)))
  return {
    exit,
    screen: () => screen,
    type: (keys) => child.write(keys),
    see: (words) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const rest = screen.slice(from)
          const at = typeof words === 'string' ? rest.indexOf(words) : rest.search(words)
          if (at === -1) return
          from += at + 1
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
        void exit.then(() => reject(new Error(`It ended without "${words}":\n${screen}`)))
      }),
  }
}
