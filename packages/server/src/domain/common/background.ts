import type { Clock, Log } from '../../ports/index.ts'

/** Work that a service repeats while the server runs. */
export interface Background {
  /**
   * Waits `everyMs`, works, waits again; rounds never overlap, a failing one is logged and the next comes all the same.
   * `closing` aborts when the server ends, for rounds that may be long.
   */
  repeat(name: string, everyMs: number, work: (closing: AbortSignal) => Promise<unknown>): void
  /** No further round; resolves when the running ones are done. */
  close(): Promise<void>
}

export function makeBackground({
  clock,
  log,
}: {
  readonly clock: Clock
  readonly log: Log
}): Background {
  const cancels = new Map<string, () => void>()
  const running = new Set<Promise<unknown>>()
  const closing = new AbortController()

  return {
    repeat(name, everyMs, work) {
      const wait = () => {
        if (!closing.signal.aborted) cancels.set(name, clock.setTimeout(round, everyMs))
      }
      const round = () => {
        const done = work(closing.signal)
          .catch((error: unknown) => log.warn({ err: error, work: name }, 'background work failed'))
          .finally(() => {
            running.delete(done)
            wait()
          })
        running.add(done)
      }
      wait()
    },
    async close() {
      closing.abort()
      for (const cancel of cancels.values()) cancel()
      await Promise.all(running)
    },
  }
}
