/** Servers under measurement run as their own processes, as users start them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export type RunningServer = {
  readonly url: URL
  readonly pid: number
  stop(): Promise<void>
}

export async function startSecureChat(env: Record<string, string> = {}): Promise<RunningServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'secure-chat-bench-'))
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      '--conditions=source',
      join(root, 'packages/server/bin/secure-chat-server.js'),
      'start',
    ],
    {
      env: {
        ...process.env,
        PORT: String(port),
        DATA_DIR: dataDir,
        RATE_LIMIT: 'off',
        LOG_LEVEL: 'warn',
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  return ready(child, new URL(`http://127.0.0.1:${port}`), '/readyz', () =>
    rmSync(dataDir, { recursive: true, force: true }),
  )
}

export async function startBareExpress(): Promise<RunningServer> {
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [join(root, 'bench/src/load/bare-express.ts'), String(port)],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  return ready(child, new URL(`http://127.0.0.1:${port}`), '/', () => undefined)
}

/** Resident memory of a process in bytes, as the kernel counts it. */
export function residentBytes(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}

async function ready(
  child: ChildProcess,
  url: URL,
  path: string,
  cleanUp: () => void,
): Promise<RunningServer> {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`The server ended with exit code ${child.exitCode}`)
    const answer = await fetch(new URL(path, url)).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer && answer.status < 500) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      await exited
      cleanUp()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
