import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a folder that only its owner may enter; one that is there stays as it is. */
export function makePrivateFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
}

/**
 * Makes an empty file that only its owner may read, or narrows one that is there. SQLite gives its side files
 * (`-wal`, `-shm`, `-journal`) the same mode.
 *
 * A file that is there is never opened: closing any descriptor of a file drops every POSIX lock that this process
 * holds on it, SQLite's own included (https://www.sqlite.org/howtocorrupt.html, section 2.2).
 */
export function makePrivateFile(path: string): void {
  if (existsSync(path)) {
    chmodSync(path, 0o600)
    return
  }
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(path)) throw error
  }
  syncFolder(dirname(path))
}

/** Makes a file's name durable: POSIX keeps it in the folder, which has its own fsync. */
function syncFolder(dir: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(dir, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
