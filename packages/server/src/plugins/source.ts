import type { Capability, ServerPlugin } from '@secure-chat/plugin-sdk/server'

/** One plugin that the operator asked for, with everything filled in. */
export interface PluginSource {
  /** For people: the name of its package, or its path. */
  readonly use: string
  /** Given as a value, by tests and programs that embed the server; otherwise a package. */
  readonly plugin: ServerPlugin | undefined
  readonly config: unknown
  readonly grant: readonly Capability[] | 'all'
  readonly isOptional: boolean
  /** Budget of each call. */
  readonly timeoutMs: number
  readonly onFailure: 'refuse' | 'skip'
  readonly isIsolated: boolean
}

/** An entry as the settings have it. */
export interface PluginEntryValue {
  readonly use?: string | undefined
  readonly plugin?: ServerPlugin | undefined
  readonly config?: unknown
  readonly grant?: readonly Capability[] | 'all' | undefined
  readonly optional?: boolean | undefined
  readonly timeoutMs?: number | undefined
  readonly onFailure?: 'refuse' | 'skip' | undefined
  readonly isolate?: boolean | undefined
}

const timeoutDefaultMs = 250

/** Fills in what an entry leaves out. A plugin given as a value is granted all: whoever wrote the program wrote both. */
export function toSource(entry: PluginEntryValue, timeoutMaxMs: number): PluginSource {
  return {
    use: entry.use ?? entry.plugin?.name ?? 'plugin',
    plugin: entry.plugin,
    config: entry.config,
    grant: entry.grant ?? (entry.plugin === undefined ? [] : 'all'),
    isOptional: entry.optional ?? false,
    timeoutMs: Math.min(entry.timeoutMs ?? timeoutDefaultMs, timeoutMaxMs),
    onFailure: entry.onFailure ?? 'refuse',
    isIsolated: entry.isolate ?? false,
  }
}
