/** The server as an operator starts it: its own process, its own data folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePorts } from '@secure-chat/e2e/services'
import { serverProgram } from './paths.ts'
import { type Home, makeHome } from './scratch.ts'
import { linesWithSecrets } from './secret-patterns.ts'

export type Server = {
  readonly url: string
  readonly dataDir: string
  readonly pid: number
  /** Everything it has written to stdout and stderr. */
  log(): string
  kill(signal: NodeJS.Signals): Promise<void>
  /** The same folder and port again. */
  restart(): Promise<Server>
  stop(): Promise<void>
}

/** A second on a quiet machine. */
const readyMs = 60_000
const running = new Set<ChildProcess>()
/** Of every server of this file, to be searched in the end. */
const logs: Array<() => string> = []

export async function startServer(
  env: Record<string, string> = {},
  place: { home: Home; port: number } | undefined = undefined,
): Promise<Server> {
  const home = place?.home ?? makeHome()
  const port = place?.port ?? (await freePort())
  const dataDir = join(home.folder, 'server')
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [serverProgram, 'start'], {
    env: { ...home.env, PORT: String(port), DATA_DIR: dataDir, RATE_LIMIT: 'off', ...env },
    cwd: home.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let written = ''
  logs.push(() => written)
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
  }
  const exited = once(child, 'exit').then(() => running.delete(child))
  await untilReady(child, url, () => written)
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }
  return {
    url,
    dataDir,
    pid: child.pid ?? 0,
    log: () => written,
    kill,
    restart: () => startServer(env, { home, port }),
    stop: () => kill('SIGTERM'),
  }
}

/** For `afterAll`: no test leaves a process behind, and no story a secret in a log (ASVS 16.2.5). */
export function killServers(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
  const found = logs.splice(0).flatMap((log) => linesWithSecrets(log()))
  if (found.length > 0) throw new Error(`The server's log has secrets:\n${found.join('\n')}`)
}

async function untilReady(child: ChildProcess, url: string, log: () => string): Promise<void> {
  let last = ''
  for (const deadline = Date.now() + readyMs; ; ) {
    if (child.exitCode !== null) throw new Error(`The server ended (${child.exitCode}):\n${log()}`)
    if (Date.now() > deadline) {
      throw new Error(`The server is not ready after ${readyMs / 1000} s (${last}):\n${log()}`)
    }
    const answer = await fetch(`${url}/readyz`).catch((error: unknown) => {
      last = String(Object(error).cause)
    })
    if (answer?.ok) return
    if (answer !== undefined) last = await answer.text()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  return port ?? 0
}
