import type { Clock, Log } from '../../ports/index.ts'

/** Work that a service repeats while the server runs. */
export interface Background {
  /** Waits `everyMs`, works, waits again; rounds never overlap, a failing one is logged and the next comes all the same. */
  repeat(name: string, everyMs: number, work: () => Promise<unknown>): void
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
  let isClosed = false

  return {
    repeat(name, everyMs, work) {
      const wait = () => {
        if (!isClosed) cancels.set(name, clock.setTimeout(round, everyMs))
      }
      const round = () => {
        const done = work()
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
      isClosed = true
      for (const cancel of cancels.values()) cancel()
      await Promise.all(running)
    },
  }
}
