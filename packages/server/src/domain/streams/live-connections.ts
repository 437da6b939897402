import type { ErrorCode, UserName } from '@secure-chat/protocol'
import type { SessionEvents } from '../sessions/session-events.ts'

/** A call that stays open: a stream, or a long poll that waits. */
export interface LiveConnection {
  readonly user: UserName
  readonly sidHash: string
  /** Its session is over: it ends at once, with this code. */
  onSessionEnded(code: ErrorCode): void
  /** The server is going down: it ends so that the client comes back. */
  onShutdown(): void
}

/** Every open call of this node, so that the end of a session reaches it at once. */
export interface LiveConnections<C extends LiveConnection = LiveConnection> {
  /** To be called in the same tick as the proof check, so that no end slips between. */
  add(connection: C): void
  remove(connection: C): void
  ofUser(user: UserName): Iterable<C>
  countOf(user: UserName): number
  all(): Iterable<C>
  readonly size: number
  /** Ends all, and whoever comes later, by `onShutdown`. */
  shutdown(): void
  /** Stops listening to the ends of sessions. */
  close(): void
}

export function makeLiveConnections<C extends LiveConnection = LiveConnection>(
  sessionEvents: SessionEvents,
): LiveConnections<C> {
  const all = new Set<C>()
  const byUser = new Map<string, Set<C>>()
  const bySession = new Map<string, Set<C>>()
  let isShutDown = false

  const stopListening = sessionEvents.onEnded(({ sidHash, code }) => {
    for (const connection of [...(bySession.get(sidHash) ?? [])]) connection.onSessionEnded(code)
  })

  return {
    add(connection) {
      all.add(connection)
      addTo(byUser, connection.user, connection)
      addTo(bySession, connection.sidHash, connection)
      if (isShutDown) connection.onShutdown()
    },
    remove(connection) {
      if (!all.delete(connection)) return
      removeFrom(byUser, connection.user, connection)
      removeFrom(bySession, connection.sidHash, connection)
    },
    ofUser: (user) => byUser.get(user) ?? [],
    countOf: (user) => byUser.get(user)?.size ?? 0,
    all: () => all,
    get size() {
      return all.size
    },
    shutdown() {
      isShutDown = true
      for (const connection of [...all]) connection.onShutdown()
    },
    close: stopListening,
  }
}

function addTo<C>(index: Map<string, Set<C>>, key: string, connection: C): void {
  const present = index.get(key)
  if (present === undefined) index.set(key, new Set([connection]))
  else present.add(connection)
}

function removeFrom<C>(index: Map<string, Set<C>>, key: string, connection: C): void {
  const present = index.get(key)
  present?.delete(connection)
  if (present?.size === 0) index.delete(key)
}
