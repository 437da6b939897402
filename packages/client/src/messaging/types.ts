import type { ErrorCode, PresenceState } from '@secure-chat/protocol'

/** What is known of a contact's key: none seen yet, first one kept, compared by the user, replaced without our consent. */
export type Trust = 'new' | 'pinned' | 'verified' | 'changed'

/**
 * Own lines: `queued` → `sent` → `delivered` → `read` (the last two only from contacts who send receipts),
 * `refused` for good, `unreadable` by the recipient (sent again under another id).
 * Others' lines: `received`, or `undecryptable` (kept, opened later if its key arrives).
 */
export type MessageState =
  | 'queued'
  | 'sent'
  | 'refused'
  | 'unreadable'
  | 'delivered'
  | 'read'
  | 'received'
  | 'undecryptable'

/** One line of the history. Text is raw: make it printable before it reaches a terminal. */
export type StoredMessage = {
  id: string
  from: string
  to: string
  /** ISO-8601 UTC with milliseconds; of received lines as their sender says. */
  at: string
  direction: 'in' | 'out'
  /** `text`, `x-…`, `notice` and `system` (lines of this program about the conversation), or what the sender named it. */
  kind: string
  /** What to show, for any kind. */
  text: string
  body: unknown
  /** The id it answers. */
  re: string | null
  meta: Record<string, string>
  state: MessageState
  /** Why it is refused; `key_not_trusted`: it waits until the user decides about the contact's key. */
  reason: ErrorCode | null
  /** Of the contact's key when the line was kept. */
  trust: Trust
  /** Plain sentences about what is odd with it: gap, reordering, attack, sent again … */
  notices: string[]
  unread: boolean
}

/** What to send. `x-…` is any JSON of a plugin. */
export type Draft = { text: string; re?: string } | { kind: `x-${string}`; body: unknown }

/** What became of a message; `at` is ISO-8601. */
export type SentMessage = {
  id: string
  to: string
  at: string
  state: 'sent' | 'queued' | 'refused'
  /** Why it is not sent: the server's refusal, or what it waits for. */
  reason?: ErrorCode
  /** Of a refusal by a rule of the server: its words. Raw, as all text of others. */
  detail?: string
}

/** Times in ms since the epoch. The newest `limit` (100) lines that match and lie before the line `before`, oldest first. */
export type MessageQuery = {
  with?: string
  since?: number
  until?: number
  limit?: number
  /** Case-insensitive part of the text. */
  search?: string
  unread?: boolean
  /** Id of a line; of one with `with`, if that is given: ids are their senders' choice. */
  before?: string
}

/** One conversation in the list of them; `last_at` is ISO-8601, null before the first line. */
export type ChatRow = {
  name: string
  unread: number
  last_at: string | null
  last_text: string | null
  trust: Trust
}

/** What `Account.live` tells: a line, presence, a remark of the server, the connection, the fate of an own line, trust. */
export type LiveEvent =
  | { type: 'message'; message: StoredMessage }
  | {
      type: 'presence'
      name: string
      state: PresenceState
      text: string | null
      last_seen: string | null
    }
  /** A hint of the server, never proof. `text` is one plain sentence. */
  | { type: 'system'; event: string; name?: string; text: string }
  | { type: 'state'; state: 'online' | 'offline'; retryInMs?: number; reason?: ErrorCode }
  | { type: 'delivery'; id: string; to: string; state: MessageState; reason?: string }
  /** `proved` is there when the contact has another key: the old one vouches for it, or nothing does. */
  | { type: 'trust'; name: string; trust: Trust; text: string; proved?: boolean }
