/** What any user of the machine may see of a person's processes: `ps`, and for the same user the environment. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Home } from '../../../setup/scratch.ts'

export const canWatchProcesses = existsSync('/proc/self/environ')

export type ProcessWatch = {
  /** Looks once more and ends; every distinct argument list and environment seen. */
  stop(): { place: string; bytes: Buffer }[]
}

/** Follows all processes that live in this home, until stopped. */
export function watchProcesses(home: Home): ProcessWatch {
  const seen = new Map<string, { place: string; bytes: Buffer }>()
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const environ = read(pid, 'environ')
      if (!environ?.includes(home.folder)) continue
      const cmdline = read(pid, 'cmdline')
      for (const [kind, bytes] of [
        ['environ', environ],
        ['cmdline', cmdline],
      ] as const) {
        if (bytes) seen.set(`${kind}:${bytes}`, { place: `${kind} of process ${pid}`, bytes })
      }
    }
  }
  const timer = setInterval(look, 20)
  return {
    stop() {
      look()
      clearInterval(timer)
      return [...seen.values()]
    },
  }
}

/** Undefined when the process has just ended. */
function read(pid: string, name: string): Buffer | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`)
  } catch {
    return undefined
  }
}
