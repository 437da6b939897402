import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFolder } from './paths.ts'

export type Home = {
  readonly folder: string
  readonly env: Record<string, string>
  /** A file that only its owner can read, for `--password-file`. */
  secretFile(name: string, text: string): string
}

const homes: string[] = []

/** A person's empty home: nothing of the machine's own user leaks into a test. */
export function makeHome(env: Record<string, string> = {}): Home {
  const folder = mkdtempSync(join(tmpdir(), 'secure-chat-e2e-'))
  homes.push(folder)
  const runtime = join(folder, 'run')
  mkdirSync(runtime, { mode: 0o700 })
  chmodSync(folder, 0o700)
  return {
    folder,
    env: {
      PATH: `${nodeFolder}:${process.env.PATH ?? ''}`,
      HOME: folder,
      XDG_RUNTIME_DIR: runtime,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      ...env,
    },
    secretFile(name, text) {
      const path = join(folder, name)
      writeFileSync(path, text, { mode: 0o600 })
      return path
    },
  }
}

export function removeHomes(): void {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true })
}
