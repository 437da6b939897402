/** Collects what is asked for within `waitMs` into one call of `run`, a key once. One call at a time. */
export function makeBatcher<V>(o: {
  readonly waitMs: number
  readonly most: number
  /** Settles every key by the map, or all of them by rejecting. */
  readonly run: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>
}): (key: string) => Promise<V | undefined> {
  let waiting = new Map<string, PromiseWithResolvers<V | undefined>>()
  let isBusy = false

  function schedule(): void {
    if (isBusy || waiting.size === 0) return
    isBusy = true
    const start = () => void runOnce()
    if (o.waitMs === 0) setImmediate(start)
    else setTimeout(start, o.waitMs)
  }

  async function runOnce(): Promise<void> {
    const entries = [...waiting]
    waiting = new Map(entries.splice(o.most))
    try {
      const found = await o.run(entries.map(([key]) => key))
      for (const [key, { resolve }] of entries) resolve(found.get(key))
    } catch (error) {
      for (const [, { reject }] of entries) reject(error)
    }
    isBusy = false
    schedule()
  }

  return (key) => {
    const present = waiting.get(key)
    if (present !== undefined) return present.promise
    const entry = Promise.withResolvers<V | undefined>()
    waiting.set(key, entry)
    schedule()
    return entry.promise
  }
}
