import type { ZodType } from 'zod'
import type { Contributions } from './contributions.ts'
import type { ServerContext } from './server-context.ts'

/**
 * The server half of a plugin: what it is called, what it wants to do, and how to make it. It registers nothing;
 * what `create` returns is what the server does. Pass it to `defineServerPlugin` and export the answer as default.
 */
export interface ServerPlugin<C = unknown> {
  /**
   * `^[a-z][a-z0-9-]{1,39}$`. Unique on a server: two plugins of one name refuse its start. It is the mount point of
   * the plugin's routes (`/plugins/<name>`), the prefix of its annotations and the namespace of its storage, so it
   * must not change between versions.
   */
  name: string
  /** The version of this contract. The server refuses (`plugin_api_version`) what it does not know. */
  apiVersion: 1
  /** The keys that `create` returns, `close` aside. The operator grants them by name; neither may differ. */
  capabilities: readonly Capability[]
  /** The record types that it may retype to or send. Up to 64 characters each: `x-` and then `a-z 0-9 . _ -`. */
  declares?: readonly `x-${string}`[]
  /**
   * Of the operator's `config`, by zod (use the `z` of this package: it is the server's own). A value that does not
   * fit stops the start with the path of the bad key. Left out, the plugin takes none, and one that is given is refused.
   */
  config?: ZodType<C>
  /**
   * Makes the plugin; called once per start, within 10 seconds. What it throws stops the start (`plugin_create_failed`).
   * A plugin with a driver is made before the engines are open: `ctx.storage`, `ctx.users` and `ctx.send` then reject
   * until the server listens.
   *
   * @param config what the schema made of the operator's `config`
   */
  create(ctx: ServerContext, config: C): Contributions | Promise<Contributions>
}

/** Names what a plugin may contribute: a key of `Contributions`, `close` aside. The operator grants it by this name. */
export type Capability = Exclude<keyof Contributions, 'close'>
