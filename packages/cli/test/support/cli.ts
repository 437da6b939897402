/** Real processes of the program, run from the sources against a real server, in folders of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type RunOptions = {
  readonly input?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly profile?: string
}

export type Home = {
  readonly dir: string
  readonly passwordFile: string
  readonly env: Readonly<Record<string, string>>
  /** Runs to the end; never sees the environment of the tests. */
  run(args: readonly string[], options?: RunOptions): Promise<Run>
  /** The document that a command answers with under `--json`. */
  json(args: readonly string[], options?: RunOptions): Promise<Record<string, unknown>>
  start(args: readonly string[], options?: RunOptions): ChildProcess
  remove(): void
}

export const bin = join(import.meta.dirname, '../../bin/run.js')
export const nodeArgs = ['--conditions=source', bin]

export function makeHome(server: string): Home {
  const dir = mkdtempSync(join(tmpdir(), 'secure-chat-cli-'))
  mkdirSync(join(dir, 'run'), { mode: 0o700 })
  const passwordFile = join(dir, 'password')
  writeFileSync(passwordFile, 'a long enough password\n', { mode: 0o600 })
  const env = {
    HOME: dir,
    PATH: process.env.PATH ?? '',
    XDG_CONFIG_HOME: join(dir, 'config'),
    XDG_DATA_HOME: join(dir, 'data'),
    // Shared over the runs: only compiled code lies there, and it makes them twice as quick.
    XDG_CACHE_HOME: join(tmpdir(), 'secure-chat-cli-cache'),
    XDG_RUNTIME_DIR: join(dir, 'run'),
    SECURE_CHAT_SERVER: server,
  }
  const start = (args: readonly string[], { env: more, profile }: RunOptions = {}) => {
    const merged = { ...env, ...(profile && { SECURE_CHAT_PROFILE: profile }), ...more }
    const set = Object.fromEntries(
      Object.entries(merged).filter(([, value]) => value !== undefined),
    )
    return spawn(process.execPath, [...nodeArgs, ...args], { env: set, cwd: dir })
  }
  const run = async (args: readonly string[], options: RunOptions = {}): Promise<Run> => {
    const child = start(args, options)
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
    return finished(child)
  }
  return {
    dir,
    passwordFile,
    env,
    start,
    run,
    async json(args, options) {
      const { stdout } = await run([...args, '--json'], options)
      return JSON.parse(stdout)
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

export function finished(child: ChildProcess): Promise<Run> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, stdout: `${Buffer.concat(stdout)}`, stderr: `${Buffer.concat(stderr)}` }),
    )
  })
}

/** The lines of a running process, as they come. */
export async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of child.stdout ?? []) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
