import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const binary = fileURLToPath(new URL('../../bin/secure-chat-server.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  /** Resolves with the log line of this event. */
  logged(event: string): Promise<Record<string, unknown>>
  readonly finished: Promise<Finished>
}

/** The binary as a user runs it: only the environment that is given counts. */
export function runBinary(
  args: readonly string[],
  env: Record<string, string>,
  nodeArgs: readonly string[] = [],
): Running {
  const child = spawn(process.execPath, ['--conditions=source', ...nodeArgs, binary, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    cwd: env.DATA_DIR ?? '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const check of [...waiting]) check()
  }
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk)
    wake()
  })
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const finished = once(child, 'close').then(([code]): Finished => ({ code, stdout, stderr }))
  void finished.then(wake)
  return {
    child,
    finished,
    logged: (event) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const line = stdout.split('\n').find((one) => one.includes(`"event":"${event}"`))
          if (line !== undefined) resolve(JSON.parse(line))
          else if (child.exitCode !== null) reject(new Error(`ended first: ${stderr}`))
          else return
          waiting.delete(check)
        }
        waiting.add(check)
        check()
      }),
  }
}
