import { limits, type PresenceState, printable, type UserName } from '@secure-chat/protocol'
import type { PresenceRow } from '../../ports/index.ts'
import type { PresenceAnswer } from './presence-provider.ts'

/** A user's presence as lists and streams show it. */
export interface PresenceView {
  readonly name: UserName
  /** Online, away and busy count as online. */
  readonly online: boolean
  readonly state: PresenceState
  readonly text: string | null
  /** ISO-8601, the last sign of life. */
  readonly last_seen: string | null
}

/** Has the user given a sign of life within the last 90 s? */
export function isAlive(lastSeenAt: number | null, now: number): boolean {
  return lastSeenAt !== null && now - lastSeenAt <= limits.presenceHoldMs
}

/** A status holds for 90 s after the last sign of life, its text with it. */
export function viewOfRow(name: UserName, row: PresenceRow | undefined, now: number): PresenceView {
  const holds = row !== undefined && isAlive(row.lastSeenAt, now)
  const state = holds ? row.state : 'offline'
  const lastSeenAt = row?.lastSeenAt ?? null
  return {
    name,
    online: state !== 'offline',
    state,
    text: holds ? row.text : null,
    last_seen: lastSeenAt === null ? null : new Date(lastSeenAt).toISOString(),
  }
}

/** What a provider says wins over the row; the row still knows when the user was last seen. */
export function viewOfAnswer(own: PresenceView, answer: PresenceAnswer): PresenceView {
  return {
    name: own.name,
    online: answer.state !== 'offline',
    state: answer.state,
    text: answer.text === undefined ? null : printable(answer.text, limits.presenceTextMaxChars),
    last_seen: answer.lastSeen ?? own.last_seen,
  }
}
