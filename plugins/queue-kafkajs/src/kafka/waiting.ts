import { setTimeout as sleep } from 'node:timers/promises'
import { unavailable } from './failure.ts'

/** The outcome of work on a broker, or a refusal when it takes longer than a caller should wait; the work goes on. */
export function within<T>(waitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unavailable('Kafka did not answer in time')), waitMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Tries until `attempt` answers something, with growing pauses. Undefined when the time is over. */
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
