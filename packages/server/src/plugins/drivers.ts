import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import type { MessageQueue, UserDatabase } from '../ports/index.ts'
import type { ActivePlugin } from './active-plugin.ts'
import { startFault } from './load/start-fault.ts'
import type { Slot } from './slot.ts'

/** Engines that plugins bring, by the scheme of their URL. */
export interface Drivers {
  readonly queue: ReadonlyMap<string, (url: URL) => Promise<MessageQueue>>
  readonly database: ReadonlyMap<string, (url: URL) => Promise<UserDatabase>>
}

export const noDrivers: Drivers = { queue: new Map(), database: new Map() }

/** Schemes of the server's own engines: nobody slips in between. */
const coreSchemes: ReadonlySet<string> = new Set([
  'kafka',
  'mongodb',
  'mongodb+srv',
  'sqlite',
  'file',
])

export function hasDriver({ contributions }: ActivePlugin): boolean {
  return contributions.queueDriver !== undefined || contributions.databaseDriver !== undefined
}

/** Step 15: a scheme means one engine. */
export function noDriverClash(use: string, made: ActivePlugin, slots: readonly Slot[]): void {
  for (const key of ['queueDriver', 'databaseDriver'] as const) {
    const scheme = made.contributions[key]?.scheme
    if (scheme === undefined) continue
    if (coreSchemes.has(scheme)) {
      throw startFault('plugin_scheme_taken', use, `wants ${scheme}://, which is the server's own`)
    }
    const other = slots.find(({ active }) => active?.contributions[key]?.scheme === scheme)
    if (other !== undefined) {
      const what = `wants ${scheme}://, as ${other.source.use} does`
      throw startFault('plugin_scheme_taken', use, what)
    }
  }
}

export function collectDrivers(slots: readonly Slot[]): Drivers {
  const collect = <T>(
    key: 'queueDriver' | 'databaseDriver',
    open: (active: ActivePlugin, url: URL, ctx: ServerContext) => Promise<T>,
  ) =>
    new Map(
      slots.flatMap(({ active }) => {
        const scheme = active?.contributions[key]?.scheme
        if (active === undefined || scheme === undefined) return []
        return [[scheme, (url: URL) => open(active, url, active.ctx)] as const]
      }),
    )
  return {
    queue: collect('queueDriver', async ({ contributions: { queueDriver } }, url, ctx) => {
      if (queueDriver === undefined) throw new TypeError('The plugin has lost its driver.')
      return queueDriver.open(url, ctx)
    }),
    database: collect('databaseDriver', async ({ contributions: { databaseDriver } }, url, ctx) => {
      if (databaseDriver === undefined) throw new TypeError('The plugin has lost its driver.')
      return databaseDriver.open(url, ctx)
    }),
  }
}
