import { randomBytes } from 'node:crypto'
import type { Settings } from './config.ts'
import { makeRequestIds } from './http/request-state.ts'
import {
  type Drivers,
  type HostParts,
  makePluginHost,
  noDrivers,
  type PluginEntryValue,
  type PluginHost,
  toSource,
} from './plugins/index.ts'
import type { Clock, Log, MessageQueue, UserDatabase } from './ports/index.ts'
import type { Services } from './services.ts'

type PluginSettings = Pick<Settings, 'plugins' | 'pluginFolder' | 'pluginTimeoutMaxMs'>

/** The plugins of the settings, and those that a program or a test gives as values. */
export function makeServerPlugins(
  { plugins, pluginFolder, pluginTimeoutMaxMs }: PluginSettings,
  {
    clock,
    log,
    given = [],
  }: {
    readonly clock: Clock
    readonly log: Log
    readonly given?: readonly PluginEntryValue[]
  },
): PluginHost {
  const entries: readonly PluginEntryValue[] = [...plugins, ...given]
  return makePluginHost({
    sources: entries.map((entry) => toSource(entry, pluginTimeoutMaxMs)),
    folder: pluginFolder,
    clock,
    log,
    nextRequestId: makeRequestIds(`p${randomBytes(4).toString('hex')}`),
  })
}

/** What plugins reach of the server. */
export function partsFor(
  { points: { providers } }: PluginHost,
  database: UserDatabase,
  queue: MessageQueue,
  { presence, directory }: Services,
): HostParts {
  return {
    storage: database.pluginStorage,
    users: database.users,
    queue,
    exists: async (name) => (await directory.find(name)) !== undefined,
    presenceOf: (names, withoutPlugin) =>
      presence.viewsOf(
        names,
        new Set(providers().filter(({ plugin }) => plugin === withoutPlugin)),
      ),
    announcePresence: presence.announce,
    onPresenceChanged: presence.onChanged,
  }
}

/** The engines that plugins bring, for a command that works beside a server or without one. No other plugin is made. */
export async function loadDrivers(
  settings: PluginSettings & Pick<Settings, 'databaseUrl' | 'queueUrl'>,
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<{ readonly drivers: Drivers; close(): Promise<void> }> {
  const isCore = (url: string | undefined) =>
    url === undefined || /^(kafka|mongodb(\+srv)?):/i.test(url)
  if (isCore(settings.databaseUrl) && isCore(settings.queueUrl)) {
    return { drivers: noDrivers, close: async () => undefined }
  }
  const plugins = makeServerPlugins(settings, deps)
  try {
    await plugins.load()
  } catch (error) {
    await plugins.closeDrivers()
    throw error
  }
  return { drivers: plugins.drivers, close: plugins.closeDrivers }
}
