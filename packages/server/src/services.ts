import { availableParallelism } from 'node:os'
import { limits } from '@secure-chat/protocol'
import type { Settings } from './config.ts'
import { noAccountHooks } from './domain/accounts/account-hooks.ts'
import { type Accounts, makeAccounts } from './domain/accounts/accounts.ts'
import { makeAttemptWindow, unlimitedAttempts } from './domain/accounts/attempts.ts'
import { commonPasswords } from './domain/accounts/common-passwords.ts'
import { makeCredentials } from './domain/accounts/credentials.ts'
import { makeFairQueue } from './domain/accounts/fair-queue.ts'
import { type KeyChanges, makeKeyChanges } from './domain/accounts/key-change.ts'
import { makeOnceOnly } from './domain/accounts/once-only.ts'
import { makeOperatorOrders } from './domain/accounts/operator-orders.ts'
import { makePasswords } from './domain/accounts/passwords.ts'
import { makeRemovedMailboxes } from './domain/accounts/removed-mailboxes.ts'
import { makeSignIn, type SignIn } from './domain/accounts/sign-in.ts'
import { makeSignInLimits } from './domain/accounts/sign-in-limits.ts'
import { makeBackground } from './domain/common/background.ts'
import { type Health, makeHealth } from './domain/common/health.ts'
import { makeWellKnown, type WellKnown } from './domain/common/well-known.ts'
import { makeNonceMemory } from './domain/sessions/nonce-memory.ts'
import { makeProofCheck, type ProofCheck } from './domain/sessions/proof-check.ts'
import { makeSessionEvents, type SessionEvents } from './domain/sessions/session-events.ts'
import { makeSessionKeys } from './domain/sessions/session-keys.ts'
import { makeSessions, type Sessions } from './domain/sessions/sessions.ts'
import { buildMessaging, type MessagingServices } from './messaging-services.ts'
import type { PluginPoints } from './plugins/index.ts'
import type { Clock, Log, MessageQueue, UserDatabase } from './ports/index.ts'

/** What the services are made of; `main.ts` supplies the real ones, tests may fake the clock. */
export interface ServiceDeps {
  readonly settings: Settings
  /** Of this package. */
  readonly version: string
  readonly sessionSecrets: readonly Buffer[]
  readonly database: UserDatabase
  readonly queue: MessageQueue
  readonly clock: Clock
  readonly log: Log
  /** What plugins contribute; nothing when left out. */
  readonly plugins?: Pick<PluginPoints, 'pipeline' | 'accountHooks' | 'providers'>
}

/** The rules of the server, by topic; routes call nothing else. */
export interface Services extends MessagingServices {
  readonly accounts: Accounts
  readonly signIn: SignIn
  readonly keyChanges: KeyChanges
  readonly sessions: Sessions
  readonly sessionEvents: SessionEvents
  readonly proofCheck: ProofCheck
  readonly wellKnown: WellKnown
  readonly health: Health
  /** For the API's own documents; `url` is `/` where no public one is set. */
  readonly about: { readonly version: string; readonly url: string }
  /** Begins background work. */
  start(): void
  /** First step of going down: open calls end so that their clients come back, readiness turns false. */
  drain(): void
  /** After the last request: writes what is still only in memory. */
  close(): Promise<void>
}

export async function buildServices(deps: ServiceDeps): Promise<Services> {
  const { settings, database, queue, clock, log, plugins } = deps
  const isLimited = settings.rateLimit === 'on'
  const { users } = database
  const serverId = await database.serverId()

  const keys = makeSessionKeys(deps.sessionSecrets)
  const sessionEvents = makeSessionEvents()
  const sessions = makeSessions({
    store: database.sessions,
    keys,
    clock,
    events: sessionEvents,
    log,
  })
  const nonces = makeNonceMemory({ clock, keepMs: limits.nonceMemoryMs })
  const proofCheck = makeProofCheck({ keys, sessions, nonces, clock })

  const messaging = buildMessaging({
    ...deps,
    sessionEvents,
    sessions,
    ...(plugins && { pipeline: plugins.pipeline, presenceProviders: plugins.providers }),
  })
  const hooks = plugins?.accountHooks ?? noAccountHooks
  sessionEvents.onEnded(({ user, sessionId, isHere }) => {
    if (isHere) hooks.signedOut({ name: user, sessionId })
  })
  const { directory, presence, systemRecords } = messaging.services
  const background = makeBackground({ clock, log })

  const passwords = makePasswords({
    queue: makeFairQueue({
      // One core stays for everything else.
      concurrency: Math.max(1, availableParallelism() - 1),
      maxWaiting: 64,
      maxWaitingPerKey: 16,
    }),
    common: commonPasswords,
  })
  const credentials = makeCredentials({
    users,
    passwords,
    limits: makeSignInLimits({
      clock,
      settings: {
        isOn: isLimited,
        failures: settings.limitSignInFailures,
        failuresPerAddress: settings.limitSignInFailuresPerAddress,
        failuresPerAccount: settings.limitSignInFailuresPerAccount,
      },
    }),
    log,
  })
  const registrations = isLimited
    ? makeAttemptWindow({
        clock,
        limit: settings.limitRegistrationsPerHour,
        windowMs: 3_600_000,
        detail: 'Too many registrations from this address.',
      })
    : unlimitedAttempts
  const onceOnly = makeOnceOnly({ claims: database.claims, clock })
  const account = {
    users,
    credentials,
    sessions,
    directory,
    presence,
    systemRecords,
    onceOnly,
    clock,
    log,
  }

  const orders = makeOperatorOrders({
    users,
    sessions: database.sessions,
    storage: database.pluginStorage,
    clock,
  })
  const removedMailboxes = makeRemovedMailboxes({ queue, clock })
  const accounts = makeAccounts({
    ...account,
    queue,
    removedMailboxes,
    passwords,
    registrations,
    hooks,
    isOpen: settings.registration === 'open',
  })
  const followOrders = async () => {
    for (const name of await orders.orderedRemovals()) {
      await accounts.erase(name)
      await orders.doneRemoving(name)
    }
  }

  const health = makeHealth({ database, queue })

  return {
    ...messaging.services,
    accounts,
    signIn: makeSignIn({ credentials, sessions, systemRecords, hooks, clock, log }),
    keyChanges: makeKeyChanges({ ...account, serverId }),
    sessions,
    sessionEvents,
    proofCheck,
    wellKnown: makeWellKnown({ serverId, settings }),
    health,
    about: { version: deps.version, url: settings.publicUrl ?? '/' },
    start() {
      sessions.start()
      messaging.start(background)
      background.repeat('operator orders', 2000, followOrders)
      background.repeat('removed mailboxes', 2000, removedMailboxes.sweep)
    },
    drain() {
      health.drain()
      messaging.drain()
    },
    async close() {
      await background.close()
      await messaging.close()
      await sessions.close()
    },
  }
}
