/** Lets so many works run at once; others wait in order. */
export function makeSlots(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: Array<() => void> = []
  return async (work) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      // The place goes to who waits longest.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
