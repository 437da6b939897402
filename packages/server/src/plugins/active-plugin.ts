import type { Call, Contributions, ServerContext } from '@secure-chat/plugin-sdk/server'
import { isChatError } from '@secure-chat/protocol'
import { Router as makeRouter, type Router } from 'express'
import type { Clock, Log } from '../ports/index.ts'
import { type Hook, makeHook } from './calls/hook.ts'
import { type Lifetime, makeLifetime } from './context/lifetime.ts'
import { makeServerContext, type ServerParts } from './context/server-context.ts'
import type { LoadedPlugin } from './load/load-plugin.ts'
import { startFault } from './load/start-fault.ts'
import { within } from './load/within.ts'
import { makeProvider, type Provider } from './points/provider.ts'
import type { RegistrationStep } from './points/registration.ts'
import type { TransformStep } from './points/transform-chain.ts'
import { makeReadVerdict } from './points/verdict.ts'
import { makeWatcher, type Watcher } from './points/watcher.ts'
import type { PluginSource } from './source.ts'
import { textOf } from './text-of.ts'

/** Hooks that only hear of something, with what they hear. */
export interface Watchers {
  readonly onEnvelopeStored?: Watcher<Subject<'onEnvelopeStored'>>
  readonly onUserRegistered?: Watcher<Subject<'onUserRegistered'>>
  readonly onUserRemoved?: Watcher<Subject<'onUserRemoved'>>
  readonly onSignedIn?: Watcher<Subject<'onSignedIn'>>
  readonly onSignedOut?: Watcher<Subject<'onSignedOut'>>
  readonly onPresenceChanged?: Watcher<Subject<'onPresenceChanged'>>
}

type Handler<K extends keyof Watchers> =
  NonNullable<Contributions[K]> extends infer C ? (C extends { handler: infer H } ? H : C) : never
type Subject<K extends keyof Watchers> =
  Handler<K> extends (subject: infer S, call: Call) => unknown ? S : never

/** A plugin that was made and works. */
export interface ActivePlugin {
  readonly contributions: Contributions
  readonly ctx: ServerContext
  readonly hooks: readonly Hook[]
  readonly transform: TransformStep | undefined
  readonly registration: RegistrationStep | undefined
  readonly provider: Provider | undefined
  readonly watchers: Watchers
  readonly routers: { readonly signedIn?: Router; readonly open?: Router }
  /** Counts and logs what a route threw. */
  readonly routeHook: Hook | undefined
  /** Ends its calls, tells it, closes it: each step within its time, whatever the plugin does. Never rejects. */
  close(): Promise<void>
}

export interface ActivateDeps {
  readonly source: PluginSource
  readonly loaded: LoadedPlugin
  readonly clock: Clock
  readonly log: Log
  readonly metrics: ServerContext['metrics']
  readonly parts: () => ServerParts
  readonly nextRequestId: () => string
  readonly patience: Patience
}

/** How long a plugin may take, in real milliseconds. */
export interface Patience {
  readonly createMs: number
  readonly closeMs: number
  /** For calls under way when it is closed. */
  readonly idleMs: number
}

/** Checks the config, makes the plugin and wraps each of its contributions. @throws ChatError `config_invalid` */
export async function activatePlugin(deps: ActivateDeps): Promise<ActivePlugin> {
  const { source, loaded, clock, log } = deps
  const { name } = loaded
  const lifetime = makeLifetime({ plugin: name, clock, log })
  const ctx = makeServerContext({
    plugin: name,
    declares: loaded.declares,
    clock,
    log,
    lifetime,
    metrics: deps.metrics,
    parts: deps.parts,
  })
  let contributions: Contributions | undefined
  try {
    const config = await loaded.checkConfig(source.config)
    contributions = await loaded.create(ctx, config)
    return wrap(deps, { contributions, ctx, lifetime })
  } catch (error) {
    lifetime.end()
    await closeQuietly(deps, contributions)
    if (isChatError(error)) throw error
    const what = `cannot be read: ${textOf(error)}`
    throw startFault('plugin_bad_contribution', source.use, what, error)
  }
}

function wrap(
  deps: ActivateDeps,
  made: {
    readonly contributions: Contributions
    readonly ctx: ServerContext
    readonly lifetime: Lifetime
  },
): ActivePlugin {
  const { source, loaded, clock, log, nextRequestId, patience } = deps
  const { contributions, ctx, lifetime } = made
  const { transformEnvelope, onUserRegistering, presence, routes } = contributions
  const hooks: Hook[] = []
  const hook = (name: string) => {
    const one = makeHook({
      plugin: loaded.name,
      name,
      budgetMs: source.timeoutMs,
      clock,
      log,
    })
    hooks.push(one)
    return one
  }
  const watcher = <S>(
    name: keyof Watchers,
    handler: ((subject: S, call: Call) => unknown) | undefined,
  ) =>
    handler && {
      [name]: makeWatcher({
        hook: hook(name),
        handler: handler.bind(contributions[name]),
        clock,
        log,
      }),
    }
  const isSkippedOnFailure = source.onFailure === 'skip'
  const provider =
    presence && makeProvider({ hook: hook('presence'), provider: presence, clock, nextRequestId })
  const watchers: Watchers = {
    ...watcher('onEnvelopeStored', contributions.onEnvelopeStored?.handler),
    ...watcher('onUserRegistered', contributions.onUserRegistered),
    ...watcher('onUserRemoved', contributions.onUserRemoved),
    ...watcher('onSignedIn', contributions.onSignedIn),
    ...watcher('onSignedOut', contributions.onSignedOut),
    ...watcher('onPresenceChanged', contributions.onPresenceChanged),
  }
  const routers = makeRouters(source.use, routes)
  // Calls that fell into the gap opened breakers; what they were about is gone.
  loaded.onRestarted?.(() => {
    for (const { breaker } of hooks) breaker.reset()
  })

  return {
    contributions,
    ctx,
    hooks,
    transform: transformEnvelope && {
      hook: hook('transformEnvelope'),
      contribution: {
        ...transformEnvelope,
        handler: transformEnvelope.handler.bind(transformEnvelope),
      },
      band: transformEnvelope.band,
      isSkippedOnFailure,
      readVerdict: makeReadVerdict({ plugin: loaded.name, declares: loaded.declares }),
    },
    registration: onUserRegistering && {
      hook: hook('onUserRegistering'),
      handler: onUserRegistering.handler.bind(onUserRegistering),
      band: onUserRegistering.band,
      isSkippedOnFailure,
    },
    provider,
    watchers,
    routers,
    routeHook: routes && hook('routes'),
    async close() {
      await within(
        Promise.all(Object.values(watchers).map((one: Watcher<never>) => one.idle())),
        patience.idleMs,
      )
      await within(Promise.all(hooks.map((one) => one.end())), patience.idleMs)
      lifetime.abort()
      await closeQuietly(deps, contributions)
      lifetime.end()
    },
  }
}

/** Express routers, filled once; one that cannot be filled is a fault of the start. */
function makeRouters(use: string, routes: Contributions['routes']): ActivePlugin['routers'] {
  const fill = (part: 'signedIn' | 'open') => {
    if (routes?.[part] === undefined) return undefined
    const router = makeRouter({ caseSensitive: true })
    try {
      routes[part](router)
    } catch (cause) {
      const what = `is wrong: routes.${part} threw ${textOf(cause)}`
      throw startFault('plugin_bad_contribution', use, what, cause)
    }
    return { [part]: router }
  }
  return { ...fill('signedIn'), ...fill('open') }
}

/** Whatever a plugin does at its end, the server goes on with its own. */
async function closeQuietly(
  { loaded, log, patience: { closeMs } }: ActivateDeps,
  contributions: Contributions | undefined,
): Promise<void> {
  const fields = { event: 'plugin.failed', plugin: loaded.name, hook: 'close' }
  try {
    const closing = (async () => contributions?.close?.())().then(() => true)
    if (!(await within(closing, closeMs))) {
      log.error(fields, `plugin was not closed within ${closeMs / 1000} s`)
    }
  } catch (err) {
    log.error({ ...fields, err }, 'plugin failed at its close')
  }
  await loaded.end?.()
}
