import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { ActivePlugin } from './active-plugin.ts'
import type { PluginMetric } from './context/metrics.ts'
import type { LoadedPlugin } from './load/load-plugin.ts'
import type { PluginSource } from './source.ts'

/** The place of one configured plugin, whatever became of it. */
export interface Slot {
  readonly source: PluginSource
  /** Undefined: it could not be read. */
  loaded: LoadedPlugin | undefined
  active: ActivePlugin | undefined
  state: 'starting' | 'running' | 'disabled' | 'left_out'
  /** Why it was left out, or did not come back. */
  fault: { readonly code: string; readonly text: string } | undefined
  metrics: {
    readonly all: ReadonlyMap<string, PluginMetric>
    readonly api: ServerContext['metrics']
  }
  stopWatching: (() => void) | undefined
}
