import type { Router } from 'express'
import type { Band } from '../band.ts'
import type { Call } from './call.ts'
import type { Envelope, Verdict } from './envelope.ts'
import type { MessageQueue } from './message-queue.ts'
import type { PresenceProvider, PresenceState } from './presence-provider.ts'
import type { ServerContext } from './server-context.ts'
import type { UserDatabase } from './user-database.ts'

/**
 * What `create` returns: one key per capability, each optional, exactly those that the plugin declares. `transform…`
 * and `…Registering` are chains that may change or refuse; `on…` only watches, and nothing waits for it.
 *
 * Every call has a budget (`timeoutMs`, 250 ms unless the operator sets it) and a circuit breaker: 5 failures within
 * 30 s open it, and until one trial after 30 s succeeds the handler is not called and its failure rule holds at once.
 *
 * @example
 * import type { Contributions } from '@secure-chat/plugin-sdk/server'
 *
 * export const contributions: Contributions = {
 *   onSignedIn: ({ name }) => {
 *     process.stdout.write(`${name} is back\n`)
 *   },
 *   close: () => undefined,
 * }
 */
export interface Contributions {
  /**
   * Decides of records of these types (`CHAT_MESSAGE`, `KEY_EXCHANGE`, `x-…`; the type as sent or as an earlier plugin
   * made it) before they are stored. The sender waits. When it throws, is late or answers no verdict, the message is
   * refused with 503 `plugin_failed` and the plugin named in the log; the operator may set `onFailure: 'skip'`.
   */
  transformEnvelope?: {
    /** `normal` when left out. */
    band?: Band
    types: readonly string[]
    handler(envelope: Envelope, call: Call): Verdict | Promise<Verdict>
  }
  /**
   * Hears of records of these types (the type as stored) after the queue has them durably. It cannot delay or fail the
   * send. Calls run side by side, 64 at once; beyond 1,000 that wait, further ones are dropped, counted and logged.
   * At most once: what was not heard when the server ended is not repeated.
   */
  onEnvelopeStored?: {
    types: readonly string[]
    handler(envelope: Envelope, call: Call): void | Promise<void>
  }
  /** Answers how users are, before the server's own knowledge. A failure is logged and the next provider asked. */
  presence?: PresenceProvider
  /**
   * May refuse a registration: the caller gets 422 `rejected_by_plugin` with the reason (printable, at most 200
   * characters). It sees neither password nor key. When it fails, registration is refused with 503 `plugin_failed`,
   * unless the operator set `onFailure: 'skip'`.
   */
  onUserRegistering?: {
    /** `normal` when left out. */
    band?: Band
    handler(
      /** `fingerprint`: SHA-256 of the public key's SPKI DER, 64 hex digits. */
      user: { name: string; fingerprint: string },
      call: Call,
    ):
      | { kind: 'pass' }
      | { kind: 'reject'; reason: string }
      | Promise<{ kind: 'pass' } | { kind: 'reject'; reason: string }>
  }
  /** An account was made. A failure is logged and counted. */
  onUserRegistered?(user: { name: string }, call: Call): void | Promise<void>
  /** An account was removed by its owner or the operator; the name is never given out again. */
  onUserRemoved?(user: { name: string }, call: Call): void | Promise<void>
  /** A session was opened. `sessionId` is its public name: it opens nothing. */
  onSignedIn?(session: { name: string; sessionId: string }, call: Call): void | Promise<void>
  /** A session was ended by logout, revocation, change of password or key, removal; not by running out. On one node only. */
  onSignedOut?(session: { name: string; sessionId: string }, call: Call): void | Promise<void>
  /** What others see of a user changed. With several nodes each of them calls its own plugin. */
  onPresenceChanged?(
    change: { name: string; state: PresenceState; text?: string },
    call: Call,
  ): void | Promise<void>
  /**
   * Express routers under `/plugins/<name>`, filled once by the functions given. `signedIn` is reached only by calls
   * with a good session proof, and finds the user in `req.user.name`; `open` is reached by anybody. Bodies (JSON and
   * forms, at most 256 KiB) are in `req.body`, parsed. What a handler throws is a 500 of that call only.
   */
  routes?: { signedIn?(router: Router): void; open?(router: Router): void }
  /**
   * A message queue for `QUEUE_URL=<scheme>://…`. `scheme`: `^[a-z][a-z0-9+.-]*$`, none of the server's own. What
   * `open` returns must pass `queueDriverConformance` of the testing kit. A failure stops the start.
   */
  queueDriver?: { scheme: string; open(url: URL, ctx: ServerContext): Promise<MessageQueue> }
  /** A user database for `DATABASE_URL=<scheme>://…`; otherwise as `queueDriver`, by `databaseDriverConformance`. */
  databaseDriver?: { scheme: string; open(url: URL, ctx: ServerContext): Promise<UserDatabase> }
  /** Called once, within 10 s: at the server's end (plugins in reverse order), at a failed start, when the plugin is switched off. */
  close?(): void | Promise<void>
}
