/** Hands events from where they happen to one reader, in order. */
export type EventQueue<T> = {
  push(event: T): void
  /** No more events; the reader gets what is there, then this error (or the end). */
  end(error?: unknown): void
  read(): AsyncGenerator<T>
}

export function makeEventQueue<T>(): EventQueue<T> {
  const events: T[] = []
  let ended: { error?: unknown } | undefined
  let wake: (() => void) | undefined
  const stir = (): void => {
    wake?.()
    wake = undefined
  }
  return {
    push(event) {
      events.push(event)
      stir()
    },
    end(error) {
      ended ??= error === undefined ? {} : { error }
      stir()
    },
    async *read() {
      for (;;) {
        while (events.length > 0) yield* events.splice(0)
        if (ended) {
          if ('error' in ended) throw ended.error
          return
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
