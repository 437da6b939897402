import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express } from 'express'
import type { SettingKey } from './config/settings.ts'
import { type Settings, settingsFrom } from './config.ts'
import { type RunningServer, startServer } from './main.ts'
import { makeLog } from './ops/log.ts'
import { systemClock } from './ops/system-clock.ts'
import type { PluginEntryValue } from './plugins/index.ts'
import type { Clock } from './ports/index.ts'
import type { Services } from './services.ts'
import { makeVirtualClock, type VirtualClock } from './virtual-clock.ts'

export { makeVirtualClock, type VirtualClock } from './virtual-clock.ts'

export interface TestServer<C extends Clock = Clock> {
  readonly url: string
  readonly metricsUrl: string | undefined
  readonly app: Express
  readonly clock: C
  readonly services: Services
  /** Of the server: for what a test sets up or breaks underneath. */
  readonly engines: RunningServer['engines']
  readonly plugins: RunningServer['plugins']
  readonly settings: Settings
  /** Its folder: given, or made for it and removed by `close()`. */
  readonly dataDir: string
  /** Every line logged so far, as JSON text. */
  readonly logLines: readonly string[]
  close(): Promise<void>
}

export interface TestServerOptions {
  /** The system's time when left out; `'virtual'` stands still until `clock.advance(ms)`. */
  readonly clock?: Clock | 'virtual'
  /** By the keys of `secure-chat.config.*`. Unless set here: a free port, a temporary folder, no rate limits, log level debug. */
  readonly settings?: Partial<Record<SettingKey, unknown>>
  /** As in the configuration file, or `{ plugin }` for one that the test has as a value, which is granted all that it declares. */
  readonly plugins?: readonly PluginEntryValue[]
}

/**
 * A real server on the embedded engine for tests of clients, commands and plugins: everything the
 * product has, on a free port of 127.0.0.1.
 *
 * @example
 * const server = await startTestServer({ clock: 'virtual' })
 * await fetch(`${server.url}/livez`)
 * await server.close()
 */
export function startTestServer(
  o: TestServerOptions & { readonly clock: 'virtual' },
): Promise<TestServer<VirtualClock>>
export function startTestServer(o?: TestServerOptions): Promise<TestServer>
export async function startTestServer(o: TestServerOptions = {}): Promise<TestServer> {
  const clock = o.clock === 'virtual' ? makeVirtualClock() : (o.clock ?? systemClock)
  const ownDir =
    o.settings?.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'secure-chat-')) : undefined
  const settings = settingsFrom({
    port: 0,
    rateLimit: 'off',
    logLevel: 'debug',
    ...(ownDir !== undefined && { dataDir: ownDir }),
    ...o.settings,
  })
  const logLines: string[] = []
  const log = makeLog(settings.logLevel, { write: (line) => void logLines.push(line) })
  const removeOwn = async () => {
    if (ownDir !== undefined) await rm(ownDir, { recursive: true, force: true })
  }
  try {
    const running = await startServer(settings, { log, clock, plugins: o.plugins ?? [] })
    return {
      url: running.url,
      metricsUrl: running.metricsUrl,
      app: running.app,
      services: running.services,
      engines: running.engines,
      plugins: running.plugins,
      clock,
      settings,
      dataDir: settings.dataDir,
      logLines,
      async close() {
        await running.close()
        await removeOwn()
      },
    }
  } catch (error) {
    await removeOwn()
    throw error
  }
}
