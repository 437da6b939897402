import { histogramSamples, type MetricFamily, type MetricSample } from '../ops/metric-family.ts'
import type { Hook } from './calls/hook.ts'
import { secondsBuckets } from './calls/hook-stats.ts'
import type { Slot } from './slot.ts'

/** `secure_chat_plugin_*{plugin,hook}`: how the calls of every hook go, and what plugins count themselves. */
export function pluginFamilies(slots: readonly Slot[]): MetricFamily[] {
  const hooks = slots.flatMap(({ active }) => active?.hooks ?? [])
  const family = (
    name: string,
    type: MetricFamily['type'],
    help: string,
    samplesOf: (hook: Hook, labels: { plugin: string; hook: string }) => MetricSample[],
  ): MetricFamily => ({
    name: `secure_chat_plugin_${name}`,
    type,
    help,
    samples: hooks.flatMap((hook) => samplesOf(hook, { plugin: hook.plugin, hook: hook.name })),
  })
  const counter = (name: string, help: string, of: (hook: Hook) => number) =>
    family(`${name}_total`, 'counter', help, (hook, labels) => [{ labels, value: of(hook) }])
  const running: MetricFamily = {
    name: 'secure_chat_plugin_running',
    type: 'gauge',
    help: 'Whether the plugin works: 1, or 0 when it is switched off or was left out.',
    samples: slots.map(({ loaded, source, state }) => ({
      labels: { plugin: loaded?.name ?? source.use },
      value: state === 'running' ? 1 : 0,
    })),
  }
  // Without plugins the name alone says that there could be some.
  if (slots.length === 0) return [running]
  return [
    running,
    counter('calls', 'Calls of a handler.', ({ stats }) => stats.calls),
    counter(
      'failures',
      'Calls that threw, were late or had no answer.',
      ({ stats }) => stats.failures,
    ),
    counter('late', 'Calls that had no answer within their budget.', ({ stats }) => stats.late),
    counter(
      'skipped',
      'Calls that were not made while the breaker was open.',
      ({ stats }) => stats.skipped,
    ),
    counter(
      'dropped',
      'Events that a watcher missed because too many waited.',
      ({ stats }) => stats.dropped,
    ),
    family('breaker_open', 'gauge', '1 while the handler is not called.', ({ breaker }, labels) => [
      { labels, value: breaker.state === 'closed' ? 0 : 1 },
    ]),
    family('call_duration_seconds', 'histogram', 'How long calls took.', ({ stats }, labels) => {
      const { counts, sum, count } = stats.histogram()
      return histogramSamples(labels, { bounds: secondsBuckets, counts, count, sum })
    }),
    ...slots.flatMap(ownFamilies),
  ]
}

function ownFamilies({ metrics }: Slot): MetricFamily[] {
  return Array.from(metrics.all.values(), ({ name, kind, help, plugin, ...numbers }) => ({
    name,
    type: kind,
    help,
    samples:
      kind === 'counter'
        ? [{ labels: { plugin }, value: numbers.value }]
        : histogramSamples(
            { plugin },
            {
              bounds: secondsBuckets,
              counts: numbers.buckets,
              count: numbers.count,
              sum: numbers.value,
            },
          ),
  }))
}
