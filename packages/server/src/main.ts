import { randomBytes } from 'node:crypto'
import type { Express } from 'express'
import { openSessionSecret } from './config/session-secret.ts'
import { invalid, systemCodeOf } from './config/sources.ts'
import { isLoopback, type Settings } from './config.ts'
import { openDatabase, openQueue } from './engines.ts'
import { makeAdminApp } from './http/admin-app.ts'
import { makeApp } from './http/app.ts'
import { type Listener, listen } from './http/listener.ts'
import { makeRequestIds } from './http/request-state.ts'
import { refuseUnfinished } from './migrate/index.ts'
import { makeMetrics } from './ops/metrics.ts'
import { systemClock } from './ops/system-clock.ts'
import type { PluginEntryValue, PluginHost } from './plugins/index.ts'
import type { Clock, Log, MessageQueue, UserDatabase } from './ports/index.ts'
import { makeServerPlugins, partsFor } from './server-plugins.ts'
import { buildServices, type Services } from './services.ts'
import { readVersion } from './version.ts'

/** A server that listens. `app`, `services`, `engines` and `plugins` are for tests and tools that embed it, not stable. */
export interface RunningServer {
  /** Where clients reach it: `PUBLIC_URL`, or the address it listens on. */
  readonly url: string
  readonly metricsUrl: string | undefined
  readonly app: Express
  readonly services: Services
  readonly engines: { readonly database: UserDatabase; readonly queue: MessageQueue }
  readonly plugins: PluginHost
  /** Not ready, streams end, requests get 10 s, everything acknowledged is on disk when it resolves. Again is harmless. */
  close(): Promise<void>
}

/** Where the log goes; the clock is for tests. */
export interface StartDeps {
  readonly log: Log
  readonly clock?: Clock
  /** Beside those of the settings; `plugin` is one that the program has as a value. */
  readonly plugins?: readonly PluginEntryValue[]
}

const drainMs = 10_000

/**
 * The composition root: settings → engines → rules → HTTP → listening. The one place that knows which
 * engine is which. What was opened before a failing step is closed again.
 */
export async function startServer(
  settings: Settings,
  { log, clock = systemClock, plugins: givenPlugins = [] }: StartDeps,
): Promise<RunningServer> {
  const closers: Array<() => Promise<void>> = []
  /** Whatever fails to close keeps nothing else open. */
  const closeAll = async () => {
    const failures: unknown[] = []
    for (const close of closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  try {
    const plugins = makeServerPlugins(settings, { clock, log, given: givenPlugins })
    // Before the engines: a driver may be among them. Closed after them.
    closers.push(() => plugins.closeDrivers())
    await plugins.load()
    const { drivers } = plugins
    const database = await openDatabase(settings, { clock, log, drivers })
    closers.push(() => database.close())
    await refuseUnfinished(database, clock.now())
    // Behind that: a folder that is about to get the secret of another must not make one of its own.
    const sessionSecrets = settings.sessionSecrets ?? openSessionSecret(settings.dataDir)
    const metrics = settings.metricsPort === undefined ? undefined : makeMetrics(plugins.families)
    const onSkippedRecord = () => metrics?.countSkippedRecord()
    const queue = await openQueue(settings, {
      clock,
      log,
      drivers,
      onSkippedRecord,
      onLanes: (lag) => metrics?.watchLanes(lag),
    })
    closers.push(() => queue.close())
    const services = await buildServices({
      settings,
      version: readVersion(),
      sessionSecrets,
      database,
      queue,
      clock,
      log,
      plugins: plugins.points,
    })
    closers.push(() => plugins.close())
    closers.push(() => services.close())
    await plugins.start(partsFor(plugins, database, queue, services))

    const nextRequestId = makeRequestIds(randomBytes(4).toString('hex'))
    const onError = (err: Error) => log.error({ err }, 'a connection could not be taken')
    const app = makeApp({
      services,
      clock,
      log,
      trustProxy: settings.trustProxy,
      nextRequestId,
      pluginMounts: plugins.mounts(),
      onAnswered: metrics?.observe,
    })
    services.start()
    let metricsUrl: string | undefined
    if (metrics !== undefined) {
      const admin = await listenAt(
        makeAdminApp({
          metrics,
          plugins,
          adminToken: settings.adminToken,
          areMetricsOpen: isLoopback(settings.metricsHost),
          log,
        }),
        {
          host: settings.metricsHost,
          port: settings.metricsPort ?? 0,
          tls: undefined,
          nextRequestId,
          onError,
          setting: 'METRICS_PORT',
        },
      )
      metricsUrl = urlOf(settings.metricsHost, admin.port, false)
      closers.push(async () => {
        await admin.close(0)
        metrics.close()
      })
    }
    const listener = await listenAt(app, { ...settings, nextRequestId, onError, setting: 'PORT' })
    closers.push(async () => {
      services.drain()
      await listener.close(drainMs)
    })
    let closing: Promise<void> | undefined
    return {
      url: settings.publicUrl ?? urlOf(settings.host, listener.port, settings.tls !== undefined),
      metricsUrl,
      app,
      services,
      engines: { database, queue },
      plugins,
      close() {
        closing ??= closeAll()
        return closing
      },
    }
  } catch (error) {
    // Why it did not start is what its operator needs to know first.
    await closeAll().catch((err: unknown) => log.error({ err }, 'closing after a failed start'))
    throw error
  }
}

async function listenAt(
  app: Express,
  o: Parameters<typeof listen>[1] & { readonly setting: string },
): Promise<Listener> {
  try {
    return await listen(app, o)
  } catch (cause) {
    const code = systemCodeOf(cause)
    if (code === 'EADDRINUSE') {
      throw invalid(
        `${o.setting} ${o.port} is taken by another program on ${o.host}. Stop it, or choose another. Example: ${o.setting}=${o.port + 1}`,
        cause,
      )
    }
    if (code === 'EACCES') {
      throw invalid(
        `${o.setting} ${o.port} may not be used by this user. Choose one above 1023. Example: ${o.setting}=8000`,
        cause,
      )
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw invalid(`${o.host} is no address of this machine. Example: HOST=127.0.0.1`, cause)
    }
    throw cause
  }
}

function urlOf(host: string, port: number, isTls: boolean): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${isTls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
