import type {
  Call,
  Contributions,
  PresenceAnswer,
  PresenceProvider,
  Verdict,
} from '@secure-chat/plugin-sdk/server'
import { type ThreadContributions, watching } from './thread-contributions.ts'

/**
 * Contributions whose handlers are in another thread. What crosses back is read and checked as the answer of any
 * handler is, so the types are claims that nobody relies on.
 */
export function remoteContributions(
  made: ThreadContributions,
  thread: {
    call(hook: string, subject: unknown, of: Call): Promise<unknown>
    readonly watch: NonNullable<PresenceProvider['watch']>
    close(): Promise<void>
  },
): Contributions {
  const { transformEnvelope, onEnvelopeStored, presence, onUserRegistering } = made
  const hook = (name: string) => (subject: unknown, of: Call) => thread.call(name, subject, of)
  const watchers = Object.fromEntries(
    watching.flatMap((name) => (made.keys.includes(name) ? [[name, hook(name)]] : [])),
  )
  return {
    ...watchers,
    ...(transformEnvelope && {
      transformEnvelope: {
        ...(transformEnvelope.band && { band: transformEnvelope.band }),
        types: transformEnvelope.types,
        handler: (envelope, of) => hook('transformEnvelope')(envelope, of) as Promise<Verdict>,
      },
    }),
    ...(onEnvelopeStored && {
      onEnvelopeStored: {
        types: onEnvelopeStored.types,
        handler: (envelope, of) => hook('onEnvelopeStored')(envelope, of) as Promise<void>,
      },
    }),
    ...(presence && {
      presence: {
        ttlMs: presence.ttlMs,
        lookup: (names, of) =>
          hook('presence')(names, of) as Promise<Record<string, PresenceAnswer>>,
        ...(presence.canWatch && { watch: thread.watch }),
      },
    }),
    ...(onUserRegistering && {
      onUserRegistering: {
        ...(onUserRegistering.band && { band: onUserRegistering.band }),
        handler: (user, of) => hook('onUserRegistering')(user, of) as Promise<{ kind: 'pass' }>,
      },
    }),
    close: () => thread.close(),
  }
}
