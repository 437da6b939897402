/**
 * One record on its way into a mailbox, as plugins see it. Frozen, `meta` too: an assignment throws. The server
 * holds no key, so `message` is ciphertext (of a `KEY_EXCHANGE` a compact JWE), and no verdict can replace it.
 */
export interface Envelope {
  /** UUID; unique per sender. */
  readonly id: string
  /** `CHAT_MESSAGE`, `KEY_EXCHANGE`, or the `x-…` that a plugin before this one made of it. */
  readonly type: string
  /** The user of the session that sent it. */
  readonly sender: string
  /** The user whose mailbox it goes to. */
  readonly recipient: string
  /** When the server took it: ISO-8601, UTC, milliseconds. */
  readonly timestamp: string
  /** Ciphertext, at most 192 KiB. */
  readonly message: string
  /** What plugins before this one annotated, by `<plugin>.<key>`. */
  readonly meta: Readonly<Record<string, string>>
}

/**
 * What a transform decides of one envelope. Anything else, and any limit that is passed, is a failure of the plugin:
 * the message is refused with 503 `plugin_failed`, unless the operator set `onFailure: 'skip'`.
 *
 * @example
 * import type { Verdict } from '@secure-chat/plugin-sdk/server'
 *
 * export const verdicts: Verdict[] = [
 *   { kind: 'pass' },
 *   { kind: 'annotate', meta: { quiet: 'yes' } },
 *   { kind: 'reject', reason: 'Slow mode: one message every 10 s.' },
 *   { kind: 'copy', to: ['compliance'] },
 *   { kind: 'retype', type: 'x-late' },
 * ]
 */
export type Verdict =
  /** Nothing is changed. */
  | { kind: 'pass' }
  /**
   * Stored and delivered as `meta["<plugin>.<key>"]` of the record. Keys are printable and not empty; keys (with
   * their prefix) and values together at most 1 KiB of UTF-8 a plugin. Recipients see it, and so does whoever reads the queue.
   */
  | { kind: 'annotate'; meta: Record<string, string> }
  /**
   * The sender gets 422 `rejected_by_plugin` with this reason: for people, printable (what is not is shown escaped),
   * at most 200 characters (what is longer is cut). Nothing is stored, and no later plugin is asked.
   */
  | { kind: 'reject'; reason: string }
  /**
   * The same record into the mailboxes of further users, at most 100 names. All or none is acknowledged: a name that
   * is no user fails the message. Who has blocked the sender gets no copy.
   */
  | { kind: 'copy'; to: readonly string[] }
  /** The record goes on under another type: one of the plugin's own `declares`. */
  | { kind: 'retype'; type: `x-${string}` }
