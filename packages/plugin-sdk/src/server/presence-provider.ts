import type { Call } from './call.ts'

/**
 * Says of some users how they are, before the server's own provider (streams and signs of life) is asked. Of several
 * the first that answers for a name wins, in the order of the operator's list.
 *
 * @example
 * import type { PresenceProvider } from '@secure-chat/plugin-sdk/server'
 *
 * const meetings = new Set(['alice'])
 * export const provider: PresenceProvider = {
 *   ttlMs: 60_000,
 *   lookup: (names) =>
 *     Object.fromEntries(
 *       names.filter((name) => meetings.has(name)).map((name) => [name, { state: 'busy', text: 'In a meeting' }]),
 *     ),
 * }
 */
export interface PresenceProvider {
  /** How long an answer, also "I do not know", may be used, in milliseconds: 100 to 600,000. */
  ttlMs: number
  /**
   * Answers by name, for at most 500 names a call. A name left out: this provider does not know, the next is asked.
   * Late, failing or answering what is no `PresenceAnswer`: logged, and the next provider is asked for all of them.
   */
  lookup(
    names: readonly string[],
    call: Call,
  ): Record<string, PresenceAnswer> | Promise<Record<string, PresenceAnswer>>
  /**
   * Called once the server is up. Call `changed` whenever a cached answer is no longer true: it is thrown away and
   * whoever watches the user is told. Returns how to stop; called before `close`.
   */
  watch?(changed: (name: string) => void): () => void
}

/** What a user shows. `online`, `away` and `busy` count as being there. */
export type PresenceState = 'online' | 'away' | 'busy' | 'offline'

/** How a user is. */
export interface PresenceAnswer {
  state: PresenceState
  /** At most 140 characters, for people; what is not printable is shown escaped. */
  text?: string
  /** The last sign of life: ISO-8601, UTC. Left out, the server's own knowledge stands. */
  lastSeen?: string
}
