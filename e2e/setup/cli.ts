/** The CLI as a script runs it. */
import { spawn } from 'node:child_process'
import { cliProgram } from './paths.ts'
import type { Home } from './scratch.ts'

export type Finished = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type Started = {
  readonly finished: Promise<Finished>
  readonly stdin: NodeJS.WritableStream
  stdout(): string
  /** Resolves as soon as stdout matches. */
  until(pattern: RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
}

export function startCli(
  home: Home,
  args: readonly string[],
  env: Record<string, string> = {},
): Started {
  const child = spawn(process.execPath, [cliProgram, ...args], {
    env: { ...home.env, ...env },
    cwd: home.folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  return {
    finished,
    stdin: child.stdin,
    stdout: () => stdout,
    until(pattern) {
      const matched = new Promise<void>((resolve) => {
        const check = () => {
          if (!pattern.test(stdout)) return
          listeners.delete(check)
          resolve()
        }
        listeners.add(check)
        check()
      })
      const ended = finished.then((result) => {
        if (!pattern.test(result.stdout)) {
          throw new Error(
            `Ended (${result.code}) without ${pattern}:\n${result.stdout}\n${result.stderr}`,
          )
        }
      })
      return Promise.race([matched, ended])
    },
    kill: (signal) => child.kill(signal),
  }
}

export async function runCli(
  home: Home,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Record<string, string> } = {},
): Promise<Finished> {
  const started = startCli(home, args, options.env)
  started.stdin.end(options.input ?? '')
  return started.finished
}

/** Runs and expects success; the parsed document of `--json`. */
export async function cliJson(
  home: Home,
  args: readonly string[],
  input?: string,
): Promise<unknown> {
  const result = await runCli(home, [...args, '--json'], input === undefined ? {} : { input })
  if (result.code !== 0)
    throw new Error(`${args.join(' ')}: ${result.code}\n${result.stdout}${result.stderr}`)
  return JSON.parse(result.stdout)
}
