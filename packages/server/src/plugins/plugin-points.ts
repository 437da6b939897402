import type { AccountHooks } from '../domain/accounts/account-hooks.ts'
import type { TransformPipeline } from '../domain/mailboxes/transform-pipeline.ts'
import type { PresenceView } from '../domain/presence/presence-view.ts'
import type { ActivePlugin, Watchers } from './active-plugin.ts'
import type { Provider } from './points/provider.ts'
import { compileRegistration } from './points/registration.ts'
import { compileTransforms, type FirstUnknown } from './points/transform-chain.ts'
import type { Watcher } from './points/watcher.ts'

/** What the rules of the server see of plugins. Compiled anew whenever one comes or goes. */
export interface PluginPoints {
  readonly pipeline: TransformPipeline
  readonly accountHooks: AccountHooks
  providers(): readonly Provider[]
  presenceChanged(view: PresenceView): void
  /** Does anybody want to hear of it? */
  readonly watchesPresence: boolean
  /** From now on these, in the operator's order. */
  compile(plugins: readonly ActivePlugin[]): void
}

export function makePluginPoints({
  firstUnknown,
  nextRequestId,
}: {
  readonly firstUnknown: FirstUnknown
  readonly nextRequestId: () => string
}): PluginPoints {
  let compiled = compileAll([], firstUnknown)

  function tell<K extends Exclude<keyof Watchers, 'onEnvelopeStored'>>(
    name: K,
    subject: SubjectOf<NonNullable<Watchers[K]>>,
    requestId = nextRequestId(),
  ): void {
    for (const { watchers } of compiled.plugins) {
      // A union of watchers takes what each of them takes.
      const watcher = watchers[name] as Watcher<typeof subject> | undefined
      watcher?.notify(subject, requestId)
    }
  }

  return {
    pipeline: {
      transformOf: (type) => compiled.transforms.get(type),
      storedOf: (type) => compiled.stored.get(type),
    },
    accountHooks: {
      registering: (user, requestId) => compiled.registration?.(user, requestId),
      registered: (name, requestId) => tell('onUserRegistered', Object.freeze({ name }), requestId),
      removed: (name) => tell('onUserRemoved', Object.freeze({ name })),
      signedIn: ({ name, sessionId }, requestId) =>
        tell('onSignedIn', Object.freeze({ name, sessionId }), requestId),
      signedOut: ({ name, sessionId }) => tell('onSignedOut', Object.freeze({ name, sessionId })),
    },
    providers: () => compiled.providers,
    presenceChanged({ name, state, text }) {
      tell('onPresenceChanged', Object.freeze({ name, state, ...(text !== null && { text }) }))
    },
    get watchesPresence() {
      return compiled.plugins.some(({ watchers }) => watchers.onPresenceChanged !== undefined)
    },
    compile(plugins) {
      compiled = compileAll(plugins, firstUnknown)
    },
  }
}

type SubjectOf<W> = W extends Watcher<infer S> ? S : never

function compileAll(plugins: readonly ActivePlugin[], firstUnknown: FirstUnknown) {
  const present = <T>(items: ReadonlyArray<T | undefined>): T[] =>
    items.filter((item) => item !== undefined)
  return {
    plugins,
    transforms: compileTransforms(present(plugins.map((one) => one.transform)), firstUnknown),
    stored: compileStored(plugins),
    providers: present(plugins.map((one) => one.provider)),
    registration: compileRegistration(present(plugins.map((one) => one.registration))),
  }
}

function compileStored(
  plugins: readonly ActivePlugin[],
): ReadonlyMap<string, NonNullable<ReturnType<TransformPipeline['storedOf']>>> {
  const byType = new Map<string, Array<NonNullable<Watchers['onEnvelopeStored']>>>()
  for (const { contributions, watchers } of plugins) {
    const watcher = watchers.onEnvelopeStored
    if (watcher === undefined) continue
    for (const type of new Set(contributions.onEnvelopeStored?.types)) {
      byType.set(type, [...(byType.get(type) ?? []), watcher])
    }
  }
  return new Map(
    Array.from(byType, ([type, watchers]) => [
      type,
      (envelope, { requestId }) => {
        const bytes = 500 + envelope.message.length
        for (const watcher of watchers) watcher.notify(envelope, requestId, bytes)
      },
    ]),
  )
}
