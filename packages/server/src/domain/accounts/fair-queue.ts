import { ChatError } from '@secure-chat/protocol'

/** Runs costly work, a few at a time. */
export interface FairQueue {
  /**
   * Waits for its turn and works. Those who wait take turns by `key` (an address), so that one
   * that asks a lot delays itself. Throws `busy` when its share or the whole queue is full.
   */
  run<T>(key: string, work: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly start: () => void
}

export function makeFairQueue({
  concurrency,
  maxWaiting,
  maxWaitingPerKey,
}: {
  readonly concurrency: number
  readonly maxWaiting: number
  readonly maxWaitingPerKey: number
}): FairQueue {
  /** In turn order: who was served goes to the end. */
  const lines = new Map<string, Waiting[]>()
  let waiting = 0
  let running = 0

  function startNext(): void {
    const [next] = lines
    if (next === undefined || running >= concurrency) return
    const [key, line] = next
    lines.delete(key)
    const first = line.shift()
    if (line.length > 0) lines.set(key, line)
    if (first === undefined) return
    waiting -= 1
    running += 1
    first.start()
  }

  function turn(key: string): Promise<void> {
    const line = lines.get(key) ?? []
    if (running < concurrency && waiting === 0) {
      running += 1
      return Promise.resolve()
    }
    if (waiting >= maxWaiting || line.length >= maxWaitingPerKey) {
      throw new ChatError('busy', 'Too many sign-ins at this moment. Try again in a second.', {
        retryAfterS: 1,
      })
    }
    waiting += 1
    return new Promise((resolve) => {
      line.push({ start: resolve })
      lines.set(key, line)
    })
  }

  return {
    async run(key, work) {
      await turn(key)
      try {
        return await work()
      } finally {
        running -= 1
        startNext()
      }
    },
  }
}
