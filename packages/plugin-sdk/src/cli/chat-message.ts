import type { PresenceState } from '@secure-chat/protocol'

/** `online`, `away`, `busy` or `offline`. */
export type { PresenceState }

/**
 * What is known of a contact's key: none seen yet, the first one kept, compared by the user, or replaced without the
 * user's consent.
 */
export type TrustState = 'new' | 'pinned' | 'verified' | 'changed'

/** One line of a conversation, opened. A handler gets it frozen and answers with a changed copy. */
export interface ChatMessage {
  /** Of the message, the same on both sides. */
  readonly id: string
  /** User names. */
  readonly from: string
  readonly to: string
  /** ISO-8601, UTC with milliseconds; of a received line as its sender says. */
  readonly at: string
  readonly direction: 'in' | 'out'
  /**
   * `text`, a kind of a plugin (`x-…`), or what its sender named it; `notice` and `system` are remarks of secure-chat
   * itself about the conversation.
   */
  readonly kind: string
  /** What to show, for any kind. Written by others: it may hold anything. */
  readonly text: string
  /** What the encrypted message holds: `{ text }` for text; for a kind of a plugin what its `parse` made of it. */
  readonly body: unknown
  /** The id of the message that it answers, where its sender said so. */
  readonly re?: string
  /** What plugins of the server noted, by `<plugin>.<key>`. */
  readonly meta: Readonly<Record<string, string>>
  /** Of the contact's key when the line was kept. */
  readonly trust: TrustState
}
