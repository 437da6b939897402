import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Tries until `attempt` answers something, with growing pauses in real time: whatever clock the server runs by, a
 * broker takes as long as it takes. Undefined when the time is over.
 */
export async function eventually<T>(
  attempt: () => Promise<T | undefined>,
  o: { readonly withinMs: number; readonly firstPauseMs: number; readonly lastPauseMs: number },
): Promise<T | undefined> {
  const end = performance.now() + o.withinMs
  for (let pauseMs = o.firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, o.lastPauseMs)) {
    const found = await attempt()
    if (found !== undefined || performance.now() + pauseMs > end) return found
    await sleep(pauseMs)
  }
}
