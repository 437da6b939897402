import { ChatError, type UserName } from '@secure-chat/protocol'
import type { Router } from 'express'
import type { PresenceView } from '../domain/presence/presence-view.ts'
import type { MetricFamily } from '../ops/metric-family.ts'
import type { Patience } from './active-plugin.ts'
import type { Hook } from './calls/hook.ts'
import { makePluginMetrics } from './context/metrics.ts'
import type { ServerParts } from './context/server-context.ts'
import { bringsDriver, collectDrivers, type Drivers, hasDriver } from './drivers.ts'
import { supplySdk } from './load/sdk-resolution.ts'
import { pluginFamilies } from './plugin-families.ts'
import type { PluginHostDeps } from './plugin-host-deps.ts'
import { makePluginPoints, type PluginPoints } from './plugin-points.ts'
import type { Slot } from './slot.ts'
import { faultOf, makeStarter } from './starter.ts'
import { type PluginStatus, statusOf } from './status.ts'

/** What plugins reach of a server that is there, beside its stores. */
export interface HostParts extends Omit<ServerParts, 'presenceOf' | 'sent'> {
  presenceOf(names: readonly UserName[], withoutPlugin: string): Promise<PresenceView[]>
  announcePresence(names: readonly UserName[]): Promise<void>
  onPresenceChanged(listener: (view: PresenceView) => void): () => void
}

/** All plugins of a server. */
export interface PluginHost {
  readonly points: PluginPoints
  /** Reads and checks every plugin and makes those with a driver. @throws ChatError `config_invalid` */
  load(): Promise<void>
  readonly drivers: Drivers
  /** Makes the others, and lets plugins reach the server. @throws ChatError `config_invalid` */
  start(parts: HostParts): Promise<void>
  /** Mounted for good; `current` is undefined while the plugin is switched off. */
  mounts(): ReadonlyArray<{
    readonly name: string
    current():
      | { readonly signedIn?: Router; readonly open?: Router; readonly hook: Hook }
      | undefined
  }>
  list(): PluginStatus[]
  /** For the metrics. */
  families(): MetricFamily[]
  /** Both are harmless again. @throws ChatError `not_found`, `invalid_request` (a driver), `plugin_failed` */
  enable(name: string): Promise<PluginStatus>
  disable(name: string): Promise<PluginStatus>
  /** In reverse order of the operator's list, those with drivers kept for `closeDrivers`. Never rejects. */
  close(): Promise<void>
  /** The rest, after the engines. */
  closeDrivers(): Promise<void>
}

/** It did not come back: why is remembered, and told. */
function notEnabled(slot: Slot, cause: unknown): ChatError {
  slot.fault = faultOf(cause)
  return new ChatError('plugin_failed', slot.fault.text, { cause })
}

const patienceDefault: Patience = { createMs: 10_000, closeMs: 10_000, idleMs: 2000 }

export function makePluginHost({
  sources,
  folder,
  clock,
  log,
  nextRequestId,
  patience = patienceDefault,
}: PluginHostDeps): PluginHost {
  const slots: readonly Slot[] = sources.map((source) => ({
    source,
    loaded: undefined,
    active: undefined,
    state: 'starting',
    fault: undefined,
    metrics: makePluginMetrics(source.use),
    stopWatching: undefined,
  }))
  let parts: HostParts | undefined
  let stopSupplying: (() => void) | undefined
  let stopHearing: (() => void) | undefined
  let isClosing = false
  /** Switching on and off one after the other. */
  let last: Promise<unknown> = Promise.resolve()

  const points = makePluginPoints({
    nextRequestId,
    async firstUnknown(names) {
      const { exists } = ready()
      for (const name of names) if (!(await exists(name as UserName))) return name
      return undefined
    },
  })

  function ready(): HostParts {
    if (parts !== undefined) return parts
    throw new ChatError(
      'plugin_error',
      'The server is not there yet: its engines are being opened.',
    )
  }

  const serverParts = (): ServerParts => {
    const { storage, users, queue, exists, presenceOf } = ready()
    return { storage, users, queue, exists, presenceOf, sent: tellSent }
  }

  const tellSent: ServerParts['sent'] = (record, to, plugin) => {
    const requestId = nextRequestId()
    const envelope = Object.freeze({ ...record, recipient: to, meta: Object.freeze({}) })
    for (const { active, loaded } of slots) {
      if (loaded?.name === plugin) continue
      const watched = active?.contributions.onEnvelopeStored?.types.includes(record.type)
      if (watched) {
        active?.watchers.onEnvelopeStored?.notify(envelope, requestId, record.message.length)
      }
    }
  }

  const { load, activate, attempt } = makeStarter({
    slots,
    folder,
    clock,
    log,
    nextRequestId,
    patience,
    parts: serverParts,
  })

  function recompile(): void {
    points.compile(slots.flatMap(({ active }) => (active ? [active] : [])))
    stopHearing?.()
    stopHearing = points.watchesPresence
      ? parts?.onPresenceChanged(points.presenceChanged)
      : undefined
  }

  /** After the points know it: an announcement asks the provider. */
  function beginWatching(slot: Slot): void {
    const { announcePresence } = ready()
    try {
      slot.stopWatching ??= slot.active?.provider?.watch(announcePresence)
    } catch (err) {
      const plugin = slot.loaded?.name
      log.error({ event: 'plugin.failed', plugin, hook: 'presence', err }, 'watch failed')
    }
  }

  async function deactivate(slot: Slot): Promise<void> {
    const { active } = slot
    if (active === undefined) return
    slot.active = undefined
    recompile()
    try {
      slot.stopWatching?.()
    } catch (err) {
      log.error({ event: 'plugin.failed', plugin: slot.loaded?.name, err }, 'watch did not stop')
    }
    slot.stopWatching = undefined
    await active.close()
  }

  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }

  function slotOf(name: string): Slot {
    const slot = slots.find(({ loaded, source }) => (loaded?.name ?? source.use) === name)
    if (slot === undefined) throw new ChatError('not_found', `There is no plugin ${name} here.`)
    refuseDriver(slot)
    return slot
  }

  /** Engines are opened at the start and closed at the end, and their plugins with them. */
  function refuseDriver({ loaded }: Slot): void {
    if (!loaded || !bringsDriver(loaded)) return
    throw new ChatError(
      'invalid_request',
      `Plugin ${loaded.name} has the driver of an engine: change the configuration and start again.`,
    )
  }

  return {
    points,
    get drivers() {
      return collectDrivers(slots)
    },
    async load() {
      if (slots.length === 0) return
      if (sources.some(({ plugin }) => plugin === undefined)) stopSupplying = supplySdk()
      for (const slot of slots) await attempt(slot, load)
      for (const slot of slots) {
        if (slot.loaded && bringsDriver(slot.loaded)) await attempt(slot, activate)
      }
    },
    async start(given) {
      if (slots.length === 0) return
      parts = given
      for (const slot of slots) {
        if (slot.active === undefined) await attempt(slot, activate)
      }
      recompile()
      for (const slot of slots) beginWatching(slot)
    },
    mounts: () =>
      slots.flatMap((slot) =>
        slot.loaded?.capabilities.includes('routes')
          ? [
              {
                name: slot.loaded.name,
                current() {
                  const { routers, routeHook } = slot.active ?? {}
                  return routers && routeHook && { ...routers, hook: routeHook }
                },
              },
            ]
          : [],
      ),
    list: () => slots.map(statusOf),
    families: () => pluginFamilies(slots),
    enable: (name) =>
      exclusive(async () => {
        if (isClosing) throw new ChatError('invalid_request', 'The server is stopping.')
        const slot = slotOf(name)
        if (slot.active === undefined) {
          try {
            if (slot.loaded === undefined) await load(slot)
          } catch (cause) {
            throw notEnabled(slot, cause)
          }
          refuseDriver(slot)
          try {
            await activate(slot)
          } catch (cause) {
            throw notEnabled(slot, cause)
          }
          recompile()
          beginWatching(slot)
          log.warn({ event: 'plugin.enabled', plugin: name }, 'plugin switched on by the operator')
        }
        return statusOf(slot)
      }),
    disable: (name) =>
      exclusive(async () => {
        const slot = slotOf(name)
        await deactivate(slot)
        slot.state = 'disabled'
        log.warn({ event: 'plugin.disabled', plugin: name }, 'plugin switched off by the operator')
        return statusOf(slot)
      }),
    close: () => {
      isClosing = true
      return exclusive(async () => {
        for (const slot of slots.toReversed()) {
          if (slot.active && !hasDriver(slot.active)) await deactivate(slot)
        }
        stopHearing?.()
      })
    },
    closeDrivers: () =>
      exclusive(async () => {
        for (const slot of slots.toReversed()) await deactivate(slot)
        for (const { active, loaded } of slots) if (!active) await loaded?.end?.()
        stopSupplying?.()
      }),
  }
}
