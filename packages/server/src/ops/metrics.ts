import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { familyText, type MetricFamily } from './metric-family.ts'

export interface Metrics {
  /** One answered request, by route template: never a user name. */
  observe(answered: {
    readonly method: string
    readonly route: string
    readonly status: number
    readonly durationMs: number
  }): void
  /** A record of a mailbox was passed over because it is no message. */
  countSkippedRecord(): void
  /** The queue is in lanes: how far they are copied is asked for each time, and left out when nobody can tell. */
  watchLanes(lag: () => Promise<number>): void
  /** Prometheus text format. */
  text(): Promise<string>
  readonly contentType: string
  close(): void
}

/** @param families further metrics, asked for each time */
export function makeMetrics(families: () => readonly MetricFamily[] = () => []): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'secure_chat_' })
  const labelNames = ['method', 'route', 'status']
  const requests = new Counter({
    name: 'secure_chat_http_requests_total',
    help: 'Answered requests.',
    labelNames,
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'secure_chat_http_request_duration_seconds',
    help: 'From the arrival of the headers to the answer.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  const skippedRecords = new Counter({
    name: 'secure_chat_queue_skipped_records_total',
    help: 'Records of mailboxes that are no messages: written there by somebody else.',
    registers: [registry],
  })
  let askLag: (() => Promise<number>) | undefined
  const lanesLag = new Gauge({
    name: 'secure_chat_queue_lanes_lag_records',
    help: 'Records of all lanes that are acknowledged and not copied into MongoDB yet.',
    registers: [registry],
    async collect() {
      const records = await askLag?.().catch(() => undefined)
      if (records === undefined) lanesLag.remove()
      else lanesLag.set(records)
    },
  })
  return {
    countSkippedRecord: () => skippedRecords.inc(),
    watchLanes(lag) {
      askLag = lag
    },
    observe({ method, route, status, durationMs }) {
      requests.inc({ method, route, status })
      durations.observe({ method, route }, durationMs / 1000)
    },
    async text() {
      const own = await registry.metrics()
      return [own, ...families().map(familyText)].join('\n')
    },
    contentType: registry.contentType,
    close: () => registry.clear(),
  }
}
