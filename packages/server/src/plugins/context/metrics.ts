import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { ChatError } from '@secure-chat/protocol'
import { secondsBuckets } from '../calls/hook-stats.ts'

/** One number of a plugin, as it stands now. */
export interface PluginMetric {
  /** `secure_chat_plugin_<plugin>_<name>`. */
  readonly name: string
  readonly plugin: string
  readonly help: string
  readonly kind: 'counter' | 'histogram'
  value: number
  count: number
  /** Cumulative, for `secondsBuckets`. */
  readonly buckets: number[]
}

const namesMax = 100

/** Plain numbers per plugin, read when somebody asks for the metrics. They outlive the plugin: counters never fall. */
export function makePluginMetrics(plugin: string): {
  readonly all: ReadonlyMap<string, PluginMetric>
  readonly api: ServerContext['metrics']
} {
  const all = new Map<string, PluginMetric>()

  function metric(kind: PluginMetric['kind'], name: string, help: string): PluginMetric {
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) {
      throw new ChatError('plugin_error', `A metric is named by a-z, 0-9 and _, not ${name}.`)
    }
    const known = all.get(name)
    if (known?.kind === kind) return known
    if (known !== undefined || all.size >= namesMax) {
      const why =
        known === undefined ? `there are ${namesMax} already` : `${name} is a ${known.kind}`
      throw new ChatError('plugin_error', `The metric ${name} cannot be a ${kind}: ${why}.`)
    }
    const made: PluginMetric = {
      name: `secure_chat_plugin_${plugin.replaceAll('-', '_')}_${name}`,
      plugin,
      help: String(help).slice(0, 200),
      kind,
      value: 0,
      count: 0,
      buckets: secondsBuckets.map(() => 0),
    }
    all.set(name, made)
    return made
  }

  return {
    all,
    api: {
      counter(name, help) {
        const counter = metric('counter', name, help)
        return {
          add(by = 1) {
            if (Number.isFinite(by) && by >= 0) counter.value += by
          },
        }
      },
      histogram(name, help) {
        const histogram = metric('histogram', name, help)
        return {
          record(value) {
            if (!Number.isFinite(value)) return
            histogram.value += value
            histogram.count += 1
            for (const [index, bound] of secondsBuckets.entries()) {
              if (value <= bound) histogram.buckets[index] = (histogram.buckets[index] ?? 0) + 1
            }
          },
        }
      },
    },
  }
}
