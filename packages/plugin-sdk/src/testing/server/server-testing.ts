import type { ServerPlugin } from '../../server/server-plugin.ts'
import type { UserDatabase } from '../../server/user-database.ts'

/** What the kit needs of `@secure-chat/server/testing`: so no type of the SDK names the server, and no package cycle arises. */
export interface ServerTesting {
  startTestServer(options: {
    readonly clock?: 'virtual'
    readonly settings?: Readonly<Record<string, unknown>>
    readonly plugins?: ReadonlyArray<{
      readonly plugin: ServerPlugin
      readonly config?: unknown
      readonly timeoutMs?: number
      readonly onFailure?: 'refuse' | 'skip'
    }>
  }): Promise<StartedServer>
}

/** A server that listens on 127.0.0.1, in a folder of its own. */
export interface StartedServer {
  readonly url: string
  readonly clock: { now(): number }
  /** Every line logged so far, as JSON text. */
  readonly logLines: readonly string[]
  readonly engines: { readonly database: Pick<UserDatabase, 'pluginStorage' | 'users'> }
  readonly plugins: { list(): readonly ServerPluginStatus[] }
  close(): Promise<void>
}

/** One plugin as `GET /plugins` of the server shows it. */
export interface ServerPluginStatus {
  readonly name: string
  /** `running`, `disabled` or `left_out`. */
  readonly state: string
  readonly calls: number
  readonly failures: number
  readonly routes?: { readonly open: readonly string[]; readonly signed_in: readonly string[] }
  readonly hooks: ReadonlyArray<{
    readonly hook: string
    readonly breaker: 'closed' | 'open' | 'half-open'
    readonly calls: number
    readonly failures: number
    readonly last_failure: { readonly at: string; readonly text: string } | null
  }>
}

/** Time that stands still until a test moves it. */
export interface VirtualClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Moves it on and runs what falls due, in order. */
  advance(ms: number): Promise<void>
  /** Moves it on at once, as when a machine slept: what fell due meanwhile runs once. For hours and days. */
  jump(ms: number): Promise<void>
}

export function isVirtual(clock: StartedServer['clock']): clock is VirtualClock {
  return 'advance' in clock && 'jump' in clock
}
