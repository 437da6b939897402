import type { PresenceAnswer } from './presence-provider.ts'

/**
 * What the server gives a plugin. All of it ends with the plugin: after `close` every call rejects with a `ChatError`
 * of code `plugin_error`, and timers are gone. At most 1,000 calls of a plugin are at work at once and 10,000 wait;
 * further ones reject with `plugin_error`.
 *
 * @example
 * import type { ServerContext } from '@secure-chat/plugin-sdk/server'
 *
 * export async function countedToday(ctx: ServerContext, name: string): Promise<number> {
 *   const day = new Date(ctx.clock.now()).toISOString().slice(0, 10)
 *   return ctx.storage.increment(`${day}/${name}`, 1, { ttlMs: 86_400_000 })
 * }
 */
export interface ServerContext {
  /** The server's structured log; every line carries the plugin's name. Never log `message`, passwords or keys. */
  readonly log: {
    debug(o: object | string, msg?: string): void
    info(o: object | string, msg?: string): void
    warn(o: object | string, msg?: string): void
    error(o: object | string, msg?: string): void
  }
  /**
   * Numbers for `/metrics`, as `secure_chat_plugin_<plugin>_<name>`. `name`: `a-z 0-9 _`. Asking twice for one name
   * gives the same; a counter asked for as histogram throws `plugin_error`.
   */
  readonly metrics: {
    counter(name: string, help: string): { add(by?: number): void }
    histogram(name: string, help: string): { record(value: number): void }
  }
  /** Time as the server has it; tests move it. */
  readonly clock: {
    /** Milliseconds since the epoch. */
    now(): number
    /** Runs once after `ms` milliseconds; the answer cancels. What `run` throws is logged. Never keeps the process alive. */
    setTimeout(run: () => void, ms: number): () => void
  }
  /**
   * Key–value storage of this plugin alone, the same on every engine, shared by all nodes. Keys: 1 to 512 characters,
   * no NUL. Values: JSON, at most 64 KiB of UTF-8. Rejects with `plugin_error` beyond, `database_unavailable` when the
   * database does not answer.
   */
  readonly storage: {
    /** Undefined when there is none, or it has expired. */
    get(key: string): Promise<unknown>
    /** Durable when it resolves. `ttlMs`: it is gone after so many milliseconds. */
    set(key: string, value: unknown, options?: { ttlMs?: number }): Promise<void>
    /** Unknown is harmless. */
    delete(key: string): Promise<void>
    /** By key in the order of its UTF-8 bytes. `limit`: 100 unless set, at most 1,000. `after` is exclusive. */
    list(
      prefix: string,
      options?: { limit?: number; after?: string },
    ): Promise<Array<{ key: string; value: unknown }>>
    /**
     * Adds `by` (1 unless set) and answers the sum; atomic over all nodes. Starts from 0, and only then `ttlMs` counts.
     * Rejects with `plugin_error` when the value is no number.
     */
    increment(key: string, by?: number, options?: { ttlMs?: number }): Promise<number>
  }
  /** Who there is and how they are; no secrets. */
  readonly users: {
    /** False also for the name of a removed account. */
    exists(name: string): Promise<boolean>
    /** By name. `limit`: 100 unless set, at most 1,000. `after` is exclusive. */
    list(options?: { after?: string; limit?: number }): Promise<string[]>
    /** As `GET /chat/users` says it, without this plugin's own provider. Unknown names are left out. At most 1,000. */
    presence(names: readonly string[]): Promise<Record<string, PresenceAnswer>>
  }
  /**
   * Puts a record of one of the plugin's own declared types into a user's mailbox; sender is `system`. Durable when it
   * resolves. No transform sees it; other plugins' `onEnvelopeStored` do. `message`: at most 192 KiB, any text: it is
   * not end-to-end encrypted. Rejects with `no_such_user`, `plugin_error` (type not declared, too large),
   * `queue_unavailable`.
   */
  send(record: { to: string; type: `x-${string}`; message: string }): Promise<{ id: string }>
  /** Aborts when the plugin is being closed: stop what you began. */
  readonly signal: AbortSignal
}
