import type { ServerContext } from '@secure-chat/plugin-sdk/server'

/** Counts messages in windows that begin with a message. Over all nodes: the counts lie in the server's database. */
export interface Pace {
  /** Counts one more. @returns how long to wait, in milliseconds; 0: it may go */
  take(who: string): Promise<number>
}

export function makePace({
  storage,
  clock,
  seconds,
  messages,
}: {
  readonly storage: Pick<ServerContext['storage'], 'get' | 'set' | 'increment'>
  readonly clock: Pick<ServerContext['clock'], 'now'>
  readonly seconds: number
  readonly messages: number
}): Pace {
  const ttlMs = seconds * 1000
  return {
    async take(who) {
      // Atomic: of two that are sent at once to two nodes, one is the first.
      const count = await storage.increment(`count/${who}`, 1, { ttlMs })
      if (count === 1) await storage.set(`until/${who}`, clock.now() + ttlMs, { ttlMs })
      if (count <= messages) return 0
      const until = await storage.get(`until/${who}`)
      // Not written yet by the node that counted the first, or just over: the whole window, or a moment.
      const waitMs = typeof until === 'number' ? until - clock.now() : ttlMs
      return Math.max(1, waitMs)
    },
  }
}
