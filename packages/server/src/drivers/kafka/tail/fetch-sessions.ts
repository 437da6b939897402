import { type FetchSession, makeFetchSession } from './fetch-session.ts'

export interface FetchSessions {
  /** Of the broker with this number; begun when it is first asked for. */
  of(node: number): FetchSession
  close(): void
}

/** One fetch session for each broker that leads something which is followed. */
export function makeFetchSessions(
  deps: Omit<Parameters<typeof makeFetchSession>[0], 'node' | 'use'>,
  use: 'tail' | 'copy' = 'tail',
): FetchSessions {
  const sessions = new Map<number, FetchSession>()
  return {
    of(node) {
      const found = sessions.get(node)
      if (found !== undefined) return found
      const session = makeFetchSession({ ...deps, node, use })
      sessions.set(node, session)
      return session
    },
    close() {
      for (const session of sessions.values()) session.close()
    },
  }
}
