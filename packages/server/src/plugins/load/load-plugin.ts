import { pathToFileURL } from 'node:url'
import type {
  Capability,
  Contributions,
  ServerContext,
  ServerPlugin,
} from '@secure-chat/plugin-sdk/server'
import { textOf } from '../text-of.ts'
import { checkContributions, checkKeys } from './check-contributions.ts'
import { checkApiVersion, checkShape, defaultExport } from './check-definition.ts'
import { checkConfig } from './check-entry.ts'
import type { PluginPackage } from './find-package.ts'
import { startFault } from './start-fault.ts'
import { within } from './within.ts'

/** A plugin that was read and checked, not yet made; in this thread or in one of its own. */
export interface LoadedPlugin {
  readonly name: string
  readonly version: string
  readonly capabilities: readonly Capability[]
  readonly declares: readonly string[]
  /** @throws ChatError `plugin_bad_config` */
  checkConfig(given: unknown): Promise<unknown>
  /** Steps 12 to 14. @throws ChatError */
  create(ctx: ServerContext, config: unknown): Promise<Contributions>
  /** Of a plugin in a thread of its own: tells when there is a new thread. One listener, the last. */
  onRestarted?(listener: () => void): void
  /** Of a plugin in a thread of its own: ends the thread. After `close` of its contributions. */
  end?(): Promise<void>
}

/** Step 4 and those that need the module alone. */
export async function loadPlugin(
  { use, entry, version }: PluginPackage,
  createMs: number,
): Promise<LoadedPlugin> {
  let module: object | undefined
  try {
    module = await within<object>(import(pathToFileURL(entry).href), createMs)
  } catch (cause) {
    throw startFault('plugin_not_loadable', use, `could not be loaded: ${textOf(cause)}`, cause)
  }
  if (module === undefined) {
    throw startFault('plugin_not_loadable', use, `was not loaded within ${createMs / 1000} s`)
  }
  return readPlugin(use, version, defaultExport(use, module), createMs)
}

/** The same for a plugin that is there as a value. */
export function readPlugin(
  use: string,
  version: string,
  exported: unknown,
  createMs: number,
): LoadedPlugin {
  const plugin = checkShape(use, exported)
  checkApiVersion(use, plugin)
  return {
    name: plugin.name,
    version,
    capabilities: plugin.capabilities,
    declares: plugin.declares ?? [],
    checkConfig: (given) => checkConfig(use, plugin.config, { given, waitMs: createMs }),
    create: (ctx, config) => create(use, plugin, { ctx, config, createMs }),
  }
}

async function create(
  use: string,
  plugin: ServerPlugin,
  {
    ctx,
    config,
    createMs,
  }: { readonly ctx: ServerContext; readonly config: unknown; readonly createMs: number },
): Promise<Contributions> {
  // What it throws at once is a rejection as well.
  const creating = (async () => plugin.create(ctx, config))()
  let returned: Contributions | typeof late
  try {
    returned = await within(creating, createMs, late)
  } catch (cause) {
    throw startFault('plugin_create_failed', use, `could not be made: ${textOf(cause)}`, cause)
  }
  if (returned === late) {
    // It may still come, with something open in its hands.
    creating.then(
      (made) => closeRefused(made, createMs),
      () => undefined,
    )
    throw startFault('plugin_create_timeout', use, `was not made within ${createMs / 1000} s`)
  }
  try {
    const contributions = checkKeys(use, plugin.capabilities, returned)
    checkContributions(use, contributions)
    return contributions
  } catch (fault) {
    await closeRefused(returned, createMs)
    throw fault
  }
}

const late = Symbol('late')

/** What it made is not used, whatever it is; nobody waits long for its end. Never rejects. */
async function closeRefused(made: Contributions | undefined, waitMs: number): Promise<void> {
  await within((async () => made?.close?.())(), waitMs).catch(() => undefined)
}
