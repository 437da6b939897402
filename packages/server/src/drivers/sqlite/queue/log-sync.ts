import { closeSync, fdatasync, openSync } from 'node:fs'

/** Brings what was written to a write-ahead log onto the disk, away from the event loop. */
export interface LogSync {
  /** Everything written before the call is on the disk when it resolves. One at a time. */
  flush(): Promise<void>
  close(): void
}

/**
 * On the log of an open SQLite file, which stays the same file as long as that one is open. SQLite's locks
 * lie on the file itself and on its `-shm`, so this descriptor may be closed without dropping any.
 */
export function makeLogSync(databasePath: string): LogSync {
  let descriptor: number | undefined
  return {
    flush() {
      return new Promise((resolve, reject) => {
        // Opened at the first use: SQLite makes the log with its first write. Windows syncs only what it may write.
        descriptor ??= openSync(`${databasePath}-wal`, 'r+')
        fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error)))
      })
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}
