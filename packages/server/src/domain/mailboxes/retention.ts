import type { Clock } from '../../ports/clock.ts'
import type { MessageQueue } from '../../ports/index.ts'

const dayMs = 86_400_000

/**
 * Removes what is kept too long or beyond a mailbox's size, in the engine's small steps. An engine that
 * does it by its own settings is left alone.
 */
export function makeRetention({
  queue,
  clock,
  keepDays,
  maxBytes,
}: {
  readonly queue: Pick<MessageQueue, 'expire' | 'supports'>
  readonly clock: Pick<Clock, 'now'>
  readonly keepDays: number
  /** Of one mailbox. */
  readonly maxBytes: number
}): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    if (!queue.supports.expiry) return
    const before = clock.now() - keepDays * dayMs
    let hasMore = true
    // A backlog goes on at the next start: the end of the server does not wait for it.
    while (hasMore && !signal.aborted) hasMore = (await queue.expire({ before, maxBytes })).more
  }
}
