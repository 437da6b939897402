/** The Java side of the services: what Maven brings, once for a checkout, and whether it can be had here. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type JavaProgram = {
  /** Holds its pom.xml. */
  readonly folder: string
  /** Has sources of its own beside what it depends on. */
  readonly isCompiled: boolean
}

/**
 * For a program that is over before an optimizing compiler pays: a broker that tests start and kill has half of its
 * computing behind it when it takes requests, and half of that is compiling.
 */
export const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] as const

/** Why the services cannot be started here; undefined when they can. */
export function servicesMissing(): string | undefined {
  const missing = ['java', 'mvn'].filter(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0,
  )
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not found`
}

/** The class path, fetched and compiled on first use. Several processes may ask at once. */
export async function classPath({ folder, isCompiled }: JavaProgram): Promise<string> {
  const target = join(folder, 'target')
  const done = join(target, 'complete')
  if (!existsSync(done)) await alone(`${folder}/.building`, () => build(folder, isCompiled, done))
  return [...(isCompiled ? [join(target, 'classes')] : []), join(target, 'lib', '*')].join(':')
}

function build(folder: string, isCompiled: boolean, done: string): void {
  if (existsSync(done)) return
  const goals = [
    ...(isCompiled ? ['compile'] : []),
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    '-DoutputDirectory=target/lib',
  ]
  const { status, stdout, stderr } = spawnSync(
    'mvn',
    ['-q', '-B', '-f', join(folder, 'pom.xml'), ...goals],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`Maven could not prepare ${folder}:\n${stdout}${stderr}`)
  mkdirSync(done)
}

/** One process at a time; a lock that nobody has renewed for ten minutes is of a process that died. */
export async function alone<T>(lock: string, work: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (isOlderThan(lock, 600_000)) rmSync(lock, { recursive: true, force: true })
      await sleep(100)
    }
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function isOlderThan(path: string, ms: number): boolean {
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return made !== undefined && Date.now() - made > ms
}
