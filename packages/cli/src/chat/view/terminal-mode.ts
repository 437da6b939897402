/**
 * Raw mode and bracketed paste, and the promise to undo both on every way out: return, exception,
 * SIGTERM, SIGHUP, process exit. `exit` handlers must be synchronous, so restoring is.
 */
import type { ReadStream, WriteStream } from 'node:tty'

const bracketedPasteOn = '\x1b[?2004h'
const bracketedPasteOff = '\x1b[?2004l'

export type TerminalMode = {
  enter(): void
  /** Safe to call any number of times. */
  restore(): void
}

export function makeTerminalMode(input: ReadStream, output: WriteStream): TerminalMode {
  let isEntered = false
  const restore = () => {
    if (!isEntered) return
    isEntered = false
    process.removeListener('exit', restore)
    // A terminal that is already gone (SIGHUP) cannot be restored and needs no restoring.
    try {
      input.setRawMode(false)
      output.write(bracketedPasteOff)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  return {
    enter() {
      if (isEntered) return
      isEntered = true
      input.setRawMode(true)
      output.write(bracketedPasteOn)
      process.once('exit', restore)
    },
    restore,
  }
}

function isGone(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EIO' || error.code === 'EBADF')
  )
}
