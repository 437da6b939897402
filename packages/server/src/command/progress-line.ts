import type { Progress } from '../migrate/index.ts'
import type { Clock } from '../ports/index.ts'
import type { CommandIo } from './io.ts'

export interface ProgressLine {
  show(progress: Progress): void
  clear(): void
}

const betweenMs = 100
const eraseLine = '\r\u001b[K'

/** One line at the bottom of a terminal; nothing where standard error goes elsewhere. */
export function makeProgressLine(io: CommandIo, clock: Clock): ProgressLine {
  let shownAt = Number.NEGATIVE_INFINITY
  let isThere = false
  return {
    show({ step, what, done }) {
      if (!io.isErrTerminal || clock.monotonic() - shownAt < betweenMs) return
      shownAt = clock.monotonic()
      isThere = true
      io.err(`${eraseLine}${step} ${what}${done === 0 ? '' : ` ${done}`} …`)
    },
    clear() {
      if (isThere) io.err(eraseLine)
      isThere = false
    },
  }
}
