import type { Clock, Log } from '../ports/index.ts'
import type { Patience } from './active-plugin.ts'
import type { PluginSource } from './source.ts'

export interface PluginHostDeps {
  readonly sources: readonly PluginSource[]
  /** Where packages are looked for. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  readonly patience?: Patience
  /** For calls that no request led to. */
  readonly nextRequestId: () => string
}
