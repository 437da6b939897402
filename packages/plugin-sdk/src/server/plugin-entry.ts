import type { Capability } from './server-plugin.ts'

/**
 * One entry of `plugins` in `secure-chat.config.{ts,js,json}`. `PLUGINS=a,b` is `{ use: 'a' }, { use: 'b' }` with
 * everything granted.
 *
 * @example
 * import type { PluginEntry } from '@secure-chat/plugin-sdk/server'
 *
 * export const plugins: PluginEntry[] = [
 *   {
 *     use: 'secure-chat-plugin-slow-mode',
 *     config: { everyMs: 10_000 },
 *     grant: ['transformEnvelope'],
 *     timeoutMs: 100,
 *   },
 * ]
 */
export interface PluginEntry {
  /** A package, resolved from the config file's folder (else the working folder), or a path to a package's folder. */
  use: string
  /** As the plugin's own schema wants it. */
  config?: unknown
  /** What the plugin may contribute. All that it declares must be here; left out, nothing is granted. */
  grant?: readonly Capability[]
  /** When it does not start: go on without it, and say so in log and `GET /plugins`. Otherwise the start fails. */
  optional?: boolean
  /** Budget of each call in milliseconds, 250 unless set; capped by `PLUGIN_TIMEOUT_MAX_MS`. */
  timeoutMs?: number
  /** Of chains (`transformEnvelope`, `onUserRegistering`): `refuse` (the default) fails the call, `skip` goes on without the plugin. */
  onFailure?: 'refuse' | 'skip'
  /** In a worker thread that can be ended: everything but `routes` and drivers. */
  isolate?: boolean
}
