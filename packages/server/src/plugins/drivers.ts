import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { isChatError } from '@secure-chat/protocol'
import type { MessageQueue, UserDatabase } from '../ports/index.ts'
import type { ActivePlugin } from './active-plugin.ts'
import type { LoadedPlugin } from './load/load-plugin.ts'
import { startFault } from './load/start-fault.ts'
import type { Slot } from './slot.ts'
import { textOf } from './text-of.ts'

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

/** It says so; whether it was made is another matter. */
export function bringsDriver({ capabilities }: Pick<LoadedPlugin, 'capabilities'>): boolean {
  return capabilities.some((name) => name === 'queueDriver' || name === 'databaseDriver')
}

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
  const collect = <K extends 'queueDriver' | 'databaseDriver'>(
    key: K,
    parts: Readonly<Record<string, 'function' | 'object'>>,
  ) =>
    new Map(
      slots.flatMap(({ active, source: { use } }) => {
        const driver = active?.contributions[key]
        if (active === undefined || driver === undefined) return []
        const open = driver.open.bind(driver) as Open<K>
        return [[driver.scheme, (url: URL) => openEngine(use, parts, () => open(url, active.ctx))]]
      }),
    )
  return {
    queue: collect('queueDriver', queueParts),
    database: collect('databaseDriver', databaseParts),
  }
}

type Engine<K extends 'queueDriver' | 'databaseDriver'> = K extends 'queueDriver'
  ? MessageQueue
  : UserDatabase
type Open<K extends 'queueDriver' | 'databaseDriver'> = (
  url: URL,
  ctx: ServerContext,
) => Promise<Engine<K>>

/** One sentence of what is wrong: with the engine, or with what the plugin takes for one. */
async function openEngine<E extends object>(
  use: string,
  parts: Readonly<Record<string, 'function' | 'object'>>,
  open: () => Promise<E>,
): Promise<E> {
  let engine: E
  try {
    engine = await open()
  } catch (cause) {
    if (isChatError(cause)) throw cause
    throw startFault('plugin_create_failed', use, `could not be opened: ${textOf(cause)}`, cause)
  }
  const given: Record<string, unknown> = Object(engine)
  const missing = Object.entries(parts).find(([name, type]) => typeof given[name] !== type)
  if (missing === undefined) return engine
  const what = `is wrong: what its open answers has no ${missing[0]}`
  throw startFault('plugin_bad_contribution', use, what)
}

const queueParts = {
  supports: 'object',
  createMailbox: 'function',
  removeMailbox: 'function',
  enqueue: 'function',
  enqueueAll: 'function',
  read: 'function',
  end: 'function',
  tail: 'function',
  expire: 'function',
  check: 'function',
  close: 'function',
} as const satisfies Record<keyof MessageQueue, 'function' | 'object'>

const databaseParts = {
  serverId: 'function',
  users: 'object',
  sessions: 'object',
  presence: 'object',
  contacts: 'object',
  blocks: 'object',
  claims: 'object',
  pluginStorage: 'object',
  check: 'function',
  close: 'function',
} as const satisfies Record<Exclude<keyof UserDatabase, 'transfer'>, 'function' | 'object'>
