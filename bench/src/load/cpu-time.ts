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

/** Of the same, to 10 ms, with the threads that ended in between: a JVM's come and go. */
export function cpuMicrosWithEnded(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return Number.NaN
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Behind the name in brackets, which may hold spaces: state is field 3, user time 14, system time 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Of all children that this process has waited for, to 10 ms over all of them. */
export function cpuMicrosOfChildren(): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * 10_000
}
