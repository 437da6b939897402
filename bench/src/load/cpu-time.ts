/** What a process has computed so far, as the kernel counts it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/**
 * CPU time of all threads of a process in microseconds, user and system together. Read from `schedstat`
 * (nanoseconds); threads that ended in between are not counted, and a server's do not end. Linux only: elsewhere
 * it is not a number.
 */
export function cpuMicros(pid: number): number {
  if (!existsSync(`/proc/${pid}/task`)) return Number.NaN
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanoseconds / 1000
}
