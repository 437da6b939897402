import type { ErrorCode, UserName } from '@secure-chat/protocol'
import type { MessageState, StoredMessage, Trust } from './types.ts'

/** Something odd about a line. A `gap` shrinks when what was missing comes after all. */
export type LineNotice =
  | { kind: 'plain'; text: string }
  | { kind: 'gap'; kid: string; numbers: number[] }

/** What a line is: something said, or a remark of this program about a contact's key or of the server. */
type LineType = 'message' | 'trust' | 'system'

/** A line of the history as it is sealed. Times in ms since the epoch. */
export type Line = {
  id: string
  from: string
  to: string
  at: number
  /** The contact whose conversation it belongs to; null: the account's own affairs. */
  contact: UserName | null
  line: LineType
  direction: 'in' | 'out'
  kind: string
  text: string
  body: unknown
  re: string | null
  meta: Record<string, string>
  state: MessageState
  reason: ErrorCode | null
  /** The server's words of a refusal. */
  detail?: string
  /** False: a refusal that nobody was told of yet; `outbox` lists those. */
  isTold: boolean
  trust: Trust
  notices: LineNotice[]
  isUnread: boolean
  /** Event of the server, for `system` lines; for `trust` lines a change of key. */
  event: string | null
}

/** Does the old key vouch for the new one? */
export type KeyChange = 'key_proved' | 'key_unproved'

/** A line with everything that is mostly the same left out. */
export function newLine(
  given: Pick<Line, 'id' | 'from' | 'to' | 'at' | 'contact' | 'kind' | 'text' | 'trust'> &
    Partial<Line>,
): Line {
  return {
    line: 'message',
    direction: 'in',
    body: null,
    re: null,
    meta: {},
    state: 'received',
    reason: null,
    isTold: true,
    notices: [],
    isUnread: false,
    event: null,
    ...given,
  }
}

/** The line as callers of the client see it. */
export function storedMessage(line: Line): StoredMessage {
  const { id, from, to, at, direction, kind, text, body, re, meta, state, reason, trust } = line
  return {
    id,
    from,
    to,
    at: new Date(at).toISOString(),
    direction,
    kind,
    text,
    body,
    re,
    meta,
    state,
    reason,
    trust,
    notices: line.notices.map(noticeText),
    unread: line.isUnread,
  }
}

function noticeText(notice: LineNotice): string {
  if (notice.kind === 'plain') return notice.text
  const count = notice.numbers.length
  return count === 1
    ? 'One message before this one is missing: it was lost, removed or held back on the way.'
    : `${count} messages before this one are missing: they were lost, removed or held back on the way.`
}

/** What somebody else named their line: our own remarks are told by their kind, so those two names are not for others. */
export function foreignKind(name: string): string {
  return isRemarkKind(name) ? `x-${name}` : name
}

export function isRemarkKind(kind: string): boolean {
  return kind === 'notice' || kind === 'system'
}

/** A plain sentence as a notice. */
export function plain(text: string): LineNotice {
  return { kind: 'plain', text }
}

const latestTime = 8_640_000_000_000_000

/** A claimed time if a calendar can show it, else the other one. */
export function soundTime(claimed: number, otherwise: number): number {
  return Number.isInteger(claimed) && claimed >= 0 && claimed <= latestTime ? claimed : otherwise
}
