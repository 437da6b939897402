/** A disk that is quickly full: a file system in memory, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './scratch.ts'

export type SmallDisk = {
  readonly folder: string
  /** Takes all that is left, to the last byte. */
  fill(): void
  free(): void
}

const mounted: string[] = []

/** Undefined where this user may not mount; the tests are then skipped, and counted as such. */
export function canMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0
}

export function mountSmallDisk(home: Home, megabytes: number): SmallDisk {
  const folder = join(home.folder, 'small-disk')
  mkdirSync(folder, { mode: 0o700 })
  const options = `size=${megabytes}m,mode=0700`
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  mounted.push(folder)
  const filler = join(folder, 'filler')
  return {
    folder,
    fill() {
      // Another process may be writing here too, so the room may be less than what was just left, or more.
      const file = openSync(filler, 'w')
      const block = Buffer.alloc(64 * 1024)
      try {
        for (;;) writeSync(file, block)
      } catch (error) {
        if (Object(error).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler),
  }
}

/** Lazily, so that a process that is just ending is no obstacle. */
export function unmountSmallDisks(): void {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['-l', folder])
}
