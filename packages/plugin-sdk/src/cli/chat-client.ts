import type { ChatMessage, PresenceState, TrustState } from './chat-message.ts'

/** The signed-in profile, as the program's own commands use it. Errors carry a `code` and the exit code of the program. */
export interface ChatClient {
  /** The user's name. */
  readonly me: string
  /**
   * Sends text, end-to-end encrypted. No transform of other plugins runs. Without a connection it waits in the outbox.
   *
   * @param options.re id of the message that this answers; it stands in the history of both sides, so that a program
   *   which was killed can see there what it has answered
   * @throws `key_not_trusted`, `no_such_user`, `not_accepted`, `too_large`
   */
  send(to: string, text: string, options?: { re?: string }): Promise<{ id: string }>
  /**
   * Sends a message of a plugin's kind; `body` is JSON, at most about 128 KiB.
   *
   * @throws as `send`
   */
  sendKind(to: string, kind: `x-${string}`, body: unknown): Promise<{ id: string }>
  /**
   * Fetches what is new, then the newest `limit` (100) lines that match, oldest first. Offline: what is on this device.
   *
   * @param options.since ISO-8601
   * @param options.unread only what others sent and neither a person nor `markRead` has marked as read
   */
  messages(options?: {
    with?: string
    since?: string
    limit?: number
    search?: string
    unread?: boolean
  }): Promise<ChatMessage[]>
  /**
   * Marks what a user sent as read, up to and with this message; it is durable when it resolves. The sender is told if
   * the profile's setting `receipts` is on.
   *
   * @returns how many were unread
   */
  markRead(from: string, id: string): Promise<number>
  /**
   * What others send from now on, each message once, until the signal aborts or the loop is left. A lost connection is
   * taken up again by itself and nothing is missed.
   *
   * @throws `token_invalid` when the session ends
   */
  listen(options?: { signal?: AbortSignal }): AsyncIterable<ChatMessage>
  /** Everybody on the server. `trust` is that of their key, now; `own` for oneself. */
  users(): Promise<Array<{ name: string; state: PresenceState; trust: TrustState | 'own' }>>
  /**
   * Any call of the HTTP API, signed; also the routes of server plugins (`/plugins/<name>/…`).
   *
   * @returns the parsed answer, undefined where there is none
   * @throws the code of the server's problem document
   */
  call(method: string, path: string, body?: unknown): Promise<unknown>
  /** Ends what is open. Nothing can be called afterwards. */
  close(): Promise<void>
}
