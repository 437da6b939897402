/** A service as a process of its own, known by a file in its folder, so that another process can find and stop it. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Service = {
  /** `host:port` on loopback. */
  readonly address: string
  readonly port: number
  readonly pid: number
  /** Its data, log and process id. */
  readonly folder: string
  /** SIGSTOP: it holds its connections and answers nothing. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>
}

export type ServiceCommand = {
  readonly name: string
  readonly folder: string
  readonly port: number
  readonly command: string
  readonly arguments: readonly string[]
}

/** A few seconds on a quiet machine. */
const startMs = 120_000

/** Resolves when the port takes connections. It outlives this process; `stop()`, or `stopServiceIn` of any process, ends it. */
export async function startProcess(service: ServiceCommand): Promise<Service> {
  const { folder, port } = service
  const log = join(folder, `${service.name}.log`)
  const output = openSync(log, 'a', 0o600)
  const child = spawn(service.command, service.arguments, {
    stdio: ['ignore', output, output],
    detached: true,
  })
  child.unref()
  const { pid } = child
  if (pid === undefined) throw new Error(`${service.command} could not be started`)
  writeFileSync(pidFile(folder), JSON.stringify({ pid, port }))
  for (const deadline = Date.now() + startMs; ; await sleep(50)) {
    if (!isAlive(pid)) throw new Error(`${service.name} ended at its start:\n${tailOf(log)}`)
    if (await takesConnections(port)) break
    if (Date.now() > deadline) throw new Error(`${service.name} is not ready:\n${tailOf(log)}`)
  }
  return serviceOf(folder, pid, port)
}

/** The service that runs on this folder, whoever started it. */
export function runningIn(folder: string): Service | undefined {
  if (!existsSync(pidFile(folder))) return undefined
  const { pid, port } = JSON.parse(readFileSync(pidFile(folder), 'utf8')) as {
    pid: number
    port: number
  }
  return isAlive(pid) ? serviceOf(folder, pid, port) : undefined
}

/** The port that the folder's service had: its clients know that address. */
export function formerPort(folder: string): number | undefined {
  if (!existsSync(pidFile(folder))) return undefined
  return (JSON.parse(readFileSync(pidFile(folder), 'utf8')) as { port: number }).port
}

function serviceOf(folder: string, pid: number, port: number): Service {
  const end = async (signal: NodeJS.Signals, waitMs: number) => {
    signalIfAlive(pid, signal)
    // A stopped process takes no other signal than SIGKILL.
    if (signal !== 'SIGKILL') signalIfAlive(pid, 'SIGCONT')
    for (const deadline = Date.now() + waitMs; isAlive(pid); await sleep(20)) {
      if (Date.now() > deadline) signalIfAlive(pid, 'SIGKILL')
    }
  }
  return {
    address: `127.0.0.1:${port}`,
    port,
    pid,
    folder,
    pause: () => signalIfAlive(pid, 'SIGSTOP'),
    resume: () => signalIfAlive(pid, 'SIGCONT'),
    kill: () => end('SIGKILL', 30_000),
    async stop() {
      await end('SIGTERM', 30_000)
      rmSync(pidFile(folder), { force: true })
    },
  }
}

function pidFile(folder: string): string {
  return join(folder, 'service.json')
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  if (isAlive(pid)) process.kill(pid, signal)
}

/** A zombie waits for its parent and is as good as gone, once its last thread has given up what it held. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const isZombie = /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return !isZombie || readdirSync(`/proc/${pid}/task`).length > 1
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function tailOf(log: string): string {
  return readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')
}

/**
 * `count` different ports that nobody uses now. They lie below those that a system gives to outgoing connections:
 * while a server is away, an attempt to reach it must not get its port by chance, and meet itself there.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(15_000, 32_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
