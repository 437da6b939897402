import type { ChatMessage, TrustState } from './chat-message.ts'

/**
 * What a plugin may do in an open chat. It is the same in `send`, `messages` and `listen`; there `notice` goes to
 * stderr, and the chat is the one that the message belongs to.
 */
export interface Chat {
  /** The user's own name. */
  readonly me: string
  /** The name of the other side. */
  readonly peer: string
  /** Of the peer's key, now. */
  readonly trust: TrustState
  /**
   * Sends text to the peer, end-to-end encrypted. It passes the outgoing transforms of the other plugins, as a typed
   * line does, but not the sender's own.
   *
   * @throws an error with a `code`: `key_not_trusted`, `no_such_user`, `too_large`, `plugin_error`; nothing is kept then
   */
  send(text: string): Promise<{ id: string }>
  /**
   * Sends a message of a plugin's kind. `body` is JSON, at most about 128 KiB.
   *
   * @throws as `send`; `plugin_error` also when the kind's own `parse` does not take the body
   */
  sendKind(kind: `x-${string}`, body: unknown): Promise<{ id: string }>
  /**
   * The newest lines of this chat, oldest first, from this device: kinds read, no transform applied.
   *
   * @param options.limit 50 unless said otherwise, at most 1,000
   * @param options.search only lines with this text in them, in any case
   */
  history(options?: { limit?: number; search?: string }): Promise<ChatMessage[]>
  /** A remark for the user, who sees which plugin it comes from. Nobody else gets it. */
  notice(text: string): void
}
