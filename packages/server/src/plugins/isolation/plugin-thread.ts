/** Runs in a thread of its own: one plugin, everything it calls of the server by messages. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Contributions, ServerContext } from '@secure-chat/plugin-sdk/server'
import { systemClock } from '../../ops/system-clock.ts'
import { silentLog } from '../../ports/index.ts'
import { makeLifetime } from '../context/lifetime.ts'
import { makePluginLog } from '../context/log.ts'
import { makePluginMetrics } from '../context/metrics.ts'
import type { PluginPackage } from '../load/find-package.ts'
import { type LoadedPlugin, loadPlugin } from '../load/load-plugin.ts'
import { supplySdk } from '../load/sdk-resolution.ts'
import { textOf } from '../text-of.ts'
import { describe, handlersOf } from './thread-contributions.ts'
import { linkThreads } from './thread-link.ts'

/** What the thread is started with. */
export interface ThreadData {
  readonly pluginPackage: PluginPackage
  readonly createMs: number
}

if (parentPort !== null) {
  supplySdk()
  const { pluginPackage, createMs }: ThreadData = workerData
  const thread = pluginThread(pluginPackage, createMs)
  const link = linkThreads(
    parentPort,
    (method, args) => thread.serve(method, args),
    (error) => link.tell('log', 'warn', { text: textOf(error) }, 'plugin failed'),
  )
  thread.join(link)
}

/** The methods that the main thread calls. */
function pluginThread(pluginPackage: PluginPackage, createMs: number) {
  let link: ReturnType<typeof linkThreads> | undefined
  let loaded: LoadedPlugin | undefined
  let config: unknown
  let made: Contributions | undefined
  let handlers: ReturnType<typeof handlersOf> = new Map()
  let stopWatching: (() => void) | undefined
  let lifetime: ReturnType<typeof makeLifetime> | undefined
  const calls = new Map<number, AbortController>()

  const methods: Record<string, (...args: never[]) => unknown> = {
    ping: () => true,
    async load() {
      loaded = await loadPlugin(pluginPackage, createMs)
      const { name, capabilities, declares } = loaded
      return { name, capabilities, declares }
    },
    async config(given: unknown) {
      config = await loaded?.checkConfig(given)
    },
    async create() {
      if (loaded === undefined) throw new TypeError('The plugin is not loaded.')
      lifetime = makeLifetime({ plugin: loaded.name, clock: systemClock, log: failureLog() })
      made = await loaded.create(contextOf(loaded.name, lifetime), config)
      handlers = handlersOf(made)
      return describe(made)
    },
    async call(id: number, hook: string, subject: object, requestId: string) {
      const controller = new AbortController()
      calls.set(id, controller)
      try {
        const call = { requestId, signal: controller.signal }
        // Which handler takes which subject was settled where the hook was named.
        return await handlers.get(hook)?.(frozen(subject) as never, call as never)
      } finally {
        calls.delete(id)
      }
    },
    abort(id: number) {
      calls.get(id)?.abort(new DOMException('The budget of this call is over.', 'TimeoutError'))
    },
    watch() {
      stopWatching ??= made?.presence?.watch?.((name) => link?.tell('changed', String(name)))
    },
    unwatch() {
      stopWatching?.()
      stopWatching = undefined
    },
    async close() {
      lifetime?.abort()
      await made?.close?.()
      lifetime?.end()
    },
  }

  /** What goes wrong outside of calls; the lines of the plugin itself go by `ctx.log`. */
  function failureLog() {
    return {
      ...silentLog,
      warn: (fields: object, text?: string) =>
        link?.tell('log', 'warn', { text: String(Object(fields).err) }, text),
    }
  }

  function contextOf(plugin: string, life: ReturnType<typeof makeLifetime>): ServerContext {
    const ask =
      (method: string) =>
      (...args: unknown[]) =>
        life.guard(method, async () => link?.ask('server', method, args))
    const tellLog = (level: string) => (fields: object, text?: string) => {
      link?.tell('log', level, asJson(fields), text)
    }
    const { api } = makePluginMetrics(plugin)
    const context: Record<keyof ServerContext, unknown> = {
      log: makePluginLog({
        plugin,
        clock: systemClock,
        log: {
          debug: tellLog('debug'),
          info: tellLog('info'),
          warn: tellLog('warn'),
          error: tellLog('error'),
        },
      }),
      metrics: {
        counter(name: string, help: string) {
          api.counter(name, help)
          return { add: (by = 1) => link?.tell('metric', 'counter', name, help, by) }
        },
        histogram(name: string, help: string) {
          api.histogram(name, help)
          return { record: (value: number) => link?.tell('metric', 'histogram', name, help, value) }
        },
      },
      clock: life.clock,
      storage: {
        get: ask('storage.get'),
        set: ask('storage.set'),
        delete: ask('storage.delete'),
        list: ask('storage.list'),
        increment: ask('storage.increment'),
      },
      users: {
        exists: ask('users.exists'),
        list: ask('users.list'),
        presence: ask('users.presence'),
      },
      send: ask('send'),
      signal: life.signal,
    }
    // Each member was made above as the contract has it; what crosses is checked on the other side.
    return Object.freeze(context) as unknown as ServerContext
  }

  return {
    join(to: ReturnType<typeof linkThreads>) {
      link = to
    },
    serve(method: string, args: unknown[]): unknown {
      const run = methods[method]
      if (run === undefined) throw new TypeError(`There is no ${method} here.`)
      return run(...(args as never[]))
    },
  }
}

/** Lines are JSON in the end; what cannot become that is left out. */
function asJson(fields: object): unknown {
  try {
    return JSON.parse(JSON.stringify(fields))
  } catch {
    return { fields: 'not JSON' }
  }
}

/** A copy is frozen as the original was. */
function frozen(value: object): object {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) Object.freeze(part)
  }
  return Object.freeze(value)
}
