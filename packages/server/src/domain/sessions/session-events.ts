import type { ErrorCode, UserName } from '@secure-chat/protocol'

/** A session that ended here or, seen within 2 s, on another node; of those only sessions that were used here. */
export interface SessionEnded {
  readonly sidHash: string
  readonly sessionId: string
  readonly user: UserName
  /** What the next call of this session would be answered with; streams pass it on as `event: end`. */
  readonly code: ErrorCode
  /** Was it this node that ended it? Of several nodes exactly one says so. */
  readonly isHere: boolean
}

export interface SessionEvents {
  /** Listens until the answer is called. A listener must not throw. */
  onEnded(listener: (event: SessionEnded) => void): () => void
  ended(event: SessionEnded): void
}

export function makeSessionEvents(): SessionEvents {
  const listeners = new Set<(event: SessionEnded) => void>()
  return {
    onEnded(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    ended(event) {
      for (const listener of [...listeners]) listener(event)
    },
  }
}
