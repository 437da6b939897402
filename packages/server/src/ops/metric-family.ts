/** One metric whose numbers are kept elsewhere and read when somebody asks. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  /** Behind the name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Prometheus text format, 0.0.4. */
export function familyText({ name, help, type, samples }: MetricFamily): string {
  const lines = samples.map(({ suffix = '', labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
    return `${name}${suffix}{${pairs.join(',')}} ${value}`
  })
  const helpText = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return `# HELP ${name} ${helpText}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`
}

/** The samples of one histogram: `counts` are cumulative, one for each of `bounds`. */
export function histogramSamples(
  labels: Readonly<Record<string, string>>,
  histogram: {
    readonly bounds: readonly number[]
    readonly counts: readonly number[]
    readonly count: number
    readonly sum: number
  },
): MetricSample[] {
  const { bounds, counts, count, sum } = histogram
  return [
    ...bounds.map((bound, index) => ({
      suffix: '_bucket',
      labels: { ...labels, le: String(bound) },
      value: counts[index] ?? 0,
    })),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ]
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
