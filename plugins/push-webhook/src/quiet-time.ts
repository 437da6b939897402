import type { ServerContext } from '@secure-chat/plugin-sdk/server'

/** At most one notice for each user within a window, over all nodes: it lies in the server's storage. */
export interface QuietTime {
  /** A notice goes out. True: nobody else's did within the window, which begins now. */
  begin(recipient: string): Promise<boolean>
  /** When a notice may go out: now, or at the end of the window. Undefined: another node has one that waits for it. */
  nextAt(recipient: string): Promise<number | undefined>
}

export function makeQuietTime({
  storage,
  clock,
  quietMs,
}: {
  readonly storage: Pick<ServerContext['storage'], 'get' | 'set' | 'increment'>
  readonly clock: Pick<ServerContext['clock'], 'now'>
  readonly quietMs: number
}): QuietTime {
  async function begin(recipient: string): Promise<boolean> {
    if (quietMs === 0) return true
    // Atomic: of two nodes one is the first.
    const isFirst = (await storage.increment(`quiet/${recipient}`, 1, { ttlMs: quietMs })) === 1
    if (isFirst) {
      await storage.set(`until/${recipient}`, clock.now() + quietMs, { ttlMs: quietMs })
    }
    return isFirst
  }

  return {
    begin,
    async nextAt(recipient) {
      if (await begin(recipient)) return clock.now()
      const until = await storage.get(`until/${recipient}`)
      const now = clock.now()
      // Not written yet by the node that began, or over this moment.
      const at = typeof until === 'number' && until > now ? until : now + quietMs
      const claims = await storage.increment(`next/${recipient}`, 1, { ttlMs: at - now })
      return claims === 1 ? at : undefined
    },
  }
}
