import { isChatError } from '@secure-chat/protocol'
import { activatePlugin } from './active-plugin.ts'
import { makePluginMetrics } from './context/metrics.ts'
import type { ServerParts } from './context/server-context.ts'
import { noDriverClash } from './drivers.ts'
import { loadIsolated } from './isolation/isolated-plugin.ts'
import { checkGranted, checkIsolation, checkNameIsFree } from './load/check-entry.ts'
import { findPackage } from './load/find-package.ts'
import { type LoadedPlugin, loadPlugin, readPlugin } from './load/load-plugin.ts'
import { startFault } from './load/start-fault.ts'
import type { PluginHostDeps } from './plugin-host-deps.ts'
import { routesIn } from './points/router-list.ts'
import type { Slot } from './slot.ts'
import type { PluginSource } from './source.ts'

/** The start-up checklist, run on one slot after the other. */
export interface Starter {
  /** Steps 1 to 10. @throws ChatError `config_invalid` */
  load(slot: Slot): Promise<void>
  /** Steps 11 to 15. @throws ChatError `config_invalid` */
  activate(slot: Slot): Promise<void>
  /** An optional plugin that does not start is left out, and says so; any other stops the start. */
  attempt(slot: Slot, step: (slot: Slot) => Promise<void>): Promise<void>
}

export function makeStarter({
  slots,
  folder,
  clock,
  log,
  nextRequestId,
  patience,
  parts,
}: Required<Omit<PluginHostDeps, 'sources'>> & {
  readonly slots: readonly Slot[]
  readonly parts: () => ServerParts
}): Starter {
  function read({ use, plugin, isIsolated }: PluginSource): Promise<LoadedPlugin> | LoadedPlugin {
    const { createMs } = patience
    if (plugin !== undefined && isIsolated) {
      throw startFault('plugin_cannot_isolate', use, 'is a value of this program, not a package')
    }
    if (plugin !== undefined) return readPlugin(use, 'embedded', plugin, createMs)
    const found = findPackage(use, folder)
    return isIsolated ? loadIsolated(found, { createMs, log }) : loadPlugin(found, createMs)
  }

  async function load(slot: Slot): Promise<void> {
    const { source } = slot
    const { use } = source
    const loaded = await read(source)
    const names = new Map(
      slots.flatMap((other) =>
        other !== slot && other.loaded ? [[other.loaded.name, other.source.use] as const] : [],
      ),
    )
    try {
      checkNameIsFree(use, loaded.name, names)
      checkGranted(use, loaded.capabilities, source.grant)
      checkIsolation(use, loaded.capabilities, source.isIsolated)
    } catch (fault) {
      await loaded.end?.()
      throw fault
    }
    slot.loaded = loaded
    slot.metrics = makePluginMetrics(loaded.name)
  }

  async function activate(slot: Slot): Promise<void> {
    const { source, loaded, metrics } = slot
    if (loaded === undefined) return
    const active = await activatePlugin({
      source,
      loaded,
      clock,
      log,
      metrics: metrics.api,
      parts,
      nextRequestId,
      patience,
    })
    try {
      noDriverClash(source.use, active, slots)
    } catch (fault) {
      await active.close()
      throw fault
    }
    slot.active = active
    slot.state = 'running'
    slot.fault = undefined
    const { name, version, capabilities } = loaded
    const isPublic = active.routers.open && { open_routes: routesIn(active.routers.open) }
    log.info(
      { event: 'plugin.started', plugin: name, version, capabilities, ...isPublic },
      'plugin started',
    )
  }

  async function attempt(slot: Slot, step: (slot: Slot) => Promise<void>): Promise<void> {
    if (slot.state === 'left_out') return
    try {
      await step(slot)
    } catch (error) {
      if (!slot.source.isOptional) throw error
      slot.state = 'left_out'
      slot.fault = faultOf(error)
      log.error(
        {
          event: 'plugin.left_out',
          plugin: slot.loaded?.name ?? slot.source.use,
          code: slot.fault.code,
          err: error,
        },
        'optional plugin did not start: the server goes on without it',
      )
    }
  }

  return { load, activate, attempt }
}

/** What is shown of a plugin that did not start. */
export function faultOf(error: unknown): NonNullable<Slot['fault']> {
  const code = isChatError(error) ? (error.members.plugin_code ?? error.code) : 'internal'
  return { code: String(code), text: error instanceof Error ? error.message : String(error) }
}
