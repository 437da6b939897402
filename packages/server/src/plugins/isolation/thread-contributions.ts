import type { Band, Contributions } from '@secure-chat/plugin-sdk/server'

/** What the main thread must know of contributions that stay in the other one. */
export interface ThreadContributions {
  readonly keys: readonly string[]
  readonly transformEnvelope:
    | { readonly band: Band | undefined; readonly types: readonly string[] }
    | undefined
  readonly onEnvelopeStored: { readonly types: readonly string[] } | undefined
  readonly presence: { readonly ttlMs: number; readonly canWatch: boolean } | undefined
  readonly onUserRegistering: { readonly band: Band | undefined } | undefined
}

export function describe(made: Contributions): ThreadContributions {
  const { transformEnvelope, onEnvelopeStored, presence, onUserRegistering } = made
  return {
    keys: Object.keys(made).filter((key) => made[key as keyof Contributions] !== undefined),
    transformEnvelope: transformEnvelope && {
      band: transformEnvelope.band,
      types: [...transformEnvelope.types],
    },
    onEnvelopeStored: onEnvelopeStored && { types: [...onEnvelopeStored.types] },
    presence: presence && { ttlMs: presence.ttlMs, canWatch: presence.watch !== undefined },
    onUserRegistering: onUserRegistering && { band: onUserRegistering.band },
  }
}

/** The handlers that can be called from the other thread, by name. */
export function handlersOf(
  made: Contributions,
): ReadonlyMap<string, (subject: never, call: never) => unknown> {
  const { transformEnvelope, onEnvelopeStored, presence, onUserRegistering } = made
  const handlers = new Map<string, (subject: never, call: never) => unknown>()
  const add = (name: string, handler: ((subject: never, call: never) => unknown) | undefined) => {
    if (handler !== undefined) handlers.set(name, handler)
  }
  add('transformEnvelope', transformEnvelope?.handler.bind(transformEnvelope))
  add('onEnvelopeStored', onEnvelopeStored?.handler.bind(onEnvelopeStored))
  add('presence', presence?.lookup.bind(presence))
  add('onUserRegistering', onUserRegistering?.handler.bind(onUserRegistering))
  for (const name of watching) add(name, made[name]?.bind(made))
  return handlers
}

/** Hooks that are plain functions. */
export const watching = [
  'onUserRegistered',
  'onUserRemoved',
  'onSignedIn',
  'onSignedOut',
  'onPresenceChanged',
] as const
