/** Work of one user one after the other, that of several side by side. */
export interface Lanes {
  add(user: string, work: () => Promise<void>): void
  /** Nothing more is begun; resolves when what was begun is done. */
  stop(): Promise<void>
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>
}

/** @param failed is told of the first work that rejected; nothing is begun after it */
export function makeLanes({
  atOnce,
  failed,
}: {
  readonly atOnce: number
  readonly failed: (error: unknown) => void
}): Lanes {
  const waiting = new Map<string, Array<() => Promise<void>>>()
  const busy = new Map<string, Promise<void>>()
  const idlers: Array<() => void> = []
  let isStopped = false

  function begin(): void {
    for (const [user, queue] of waiting) {
      if (isStopped || busy.size >= atOnce) break
      if (busy.has(user)) continue
      const work = queue.shift()
      if (queue.length === 0) waiting.delete(user)
      if (work !== undefined) busy.set(user, run(user, work))
    }
    if (busy.size === 0 && (isStopped || waiting.size === 0))
      for (const wake of idlers.splice(0)) wake()
  }

  async function run(user: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      isStopped = true
      failed(error)
    } finally {
      busy.delete(user)
      begin()
    }
  }

  const idle = () =>
    new Promise<void>((resolve) => {
      idlers.push(resolve)
      begin()
    })

  return {
    add(user, work) {
      const queue = waiting.get(user)
      if (queue === undefined) waiting.set(user, [work])
      else queue.push(work)
      begin()
    },
    idle,
    stop() {
      isStopped = true
      return idle()
    },
  }
}
