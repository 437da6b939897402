import type { Hook } from './calls/hook.ts'
import { routesIn } from './points/router-list.ts'
import type { Slot } from './slot.ts'

/** One plugin as `GET /plugins` shows it. Times in milliseconds, of the newest 1,024 calls. */
export interface PluginStatus {
  readonly name: string
  readonly use: string
  readonly version: string
  /** `left_out`: optional, and not started; `code` and `reason` say why. */
  readonly state: Slot['state']
  readonly code?: string
  readonly reason?: string
  readonly capabilities: readonly string[]
  /** Below `/plugins/<name>`: what is public, and what needs a session. */
  readonly routes?: { readonly open: readonly string[]; readonly signed_in: readonly string[] }
  readonly isolated: boolean
  readonly timeout_ms: number
  readonly on_failure: 'refuse' | 'skip'
  /** Over all hooks. */
  readonly calls: number
  readonly failures: number
  readonly p50: number | null
  readonly p99: number | null
  readonly hooks: readonly HookStatus[]
}

export interface HookStatus {
  readonly hook: string
  /** `open`: it is not called, its failure rule holds at once. */
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly calls: number
  readonly failures: number
  readonly late: number
  readonly skipped: number
  readonly dropped: number
  readonly p50: number | null
  readonly p99: number | null
  readonly last_failure: { readonly at: string; readonly text: string } | null
}

export function statusOf({ source, loaded, active, state, fault }: Slot): PluginStatus {
  const hooks = (active?.hooks ?? []).map(hookStatus)
  const total = (of: 'calls' | 'failures') => hooks.reduce((sum, hook) => sum + hook[of], 0)
  const slowest = (of: 'p50' | 'p99') =>
    hooks.reduce<number | null>(
      (most, { [of]: ms }) => (ms === null ? most : Math.max(most ?? 0, ms)),
      null,
    )
  return {
    name: loaded?.name ?? source.use,
    use: source.use,
    version: loaded?.version ?? 'unknown',
    state,
    ...(fault && { code: fault.code, reason: fault.text }),
    capabilities: loaded?.capabilities ?? [],
    ...(active?.routeHook && {
      routes: {
        open: routesIn(active.routers.open),
        signed_in: routesIn(active.routers.signedIn),
      },
    }),
    isolated: source.isIsolated,
    timeout_ms: source.timeoutMs,
    on_failure: source.onFailure,
    calls: total('calls'),
    failures: total('failures'),
    p50: slowest('p50'),
    p99: slowest('p99'),
    hooks,
  }
}

function hookStatus({ name, stats, breaker }: Hook): HookStatus {
  const { calls, failures, late, skipped, dropped, lastFailure } = stats
  return {
    hook: name,
    breaker: breaker.state,
    calls,
    failures,
    late,
    skipped,
    dropped,
    p50: rounded(stats.quantile(0.5)),
    p99: rounded(stats.quantile(0.99)),
    last_failure: lastFailure
      ? { at: new Date(lastFailure.at).toISOString(), text: lastFailure.text }
      : null,
  }
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 1000) / 1000
}
