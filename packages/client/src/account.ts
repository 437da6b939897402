import { randomUUID } from 'node:crypto'
import { importIdentity } from '@secure-chat/e2ee'
import { ChatError, parseUserName } from '@secure-chat/protocol'
import type { Api } from './api/api.ts'
import { systemClock } from './clock.ts'
import { makeFeed } from './live/feed.ts'
import { type Context, makeContext } from './messaging/context.ts'
import { type History, makeHistory } from './messaging/history.ts'
import { markRead } from './messaging/mark-read.ts'
import { makeSend, type Send } from './messaging/send.ts'
import { makeSettings, type Settings } from './messaging/settings.ts'
import type { LiveEvent, StoredMessage } from './messaging/types.ts'
import { holderName, isHolderGone } from './outbox/holder.ts'
import { makeLease } from './outbox/lease.ts'
import { makeOutbox, type Outbox } from './outbox/outbox.ts'
import { makeSender, type Sender } from './outbox/sender.ts'
import { exportProfileKey } from './profile/export-key.ts'
import { changePassword, replaceKey } from './profile/on-demand.ts'
import { openProfile, type Profile } from './profile/open-profile.ts'
import type { ProfileOptions } from './profile/options.ts'
import type { KeyReplaced } from './profile/replace-key.ts'
import type { Whoami } from './profile/state.ts'
import type { Synced } from './sync/sync-mailbox.ts'
import { type ContactEntry, makeTrust, type Trust } from './trust/trust.ts'

/** An account at work: messages in and out, trust, history. Several processes may have the same one open. */
export interface Account {
  /** As it stands in the vault now. */
  readonly me: Whoami
  readonly api: Api
  /** @throws ChatError `key_not_trusted`, `no_such_user`: nothing is kept then */
  readonly send: Send
  /** Reads the mailbox to its end, keeps what came, then sends what waits. */
  sync(o?: { signal?: AbortSignal }): Promise<Synced>
  readonly messages: History['messages']
  readonly chats: History['chats']
  /** Up to and with the line `upTo`. @returns how many were unread */
  markRead(name: string, upTo?: string): number
  /** Everything from now on, until the signal; see `LiveEvent`. */
  live(o: { signal: AbortSignal }): AsyncIterable<LiveEvent>
  readonly trust: Trust
  readonly outbox: Outbox
  readonly keys: AccountKeys
  readonly settings: Settings
  /** Also re-wraps the vault, unless it has its own passphrase. */
  changePassword(o: { password: string; newPassword: string; signal?: AbortSignal }): Promise<void>
  /** Everything readable, for its owner, one object at a time. */
  export(): Iterable<ExportLine>
  close(): void
}

/** The account's own RSA keys. */
export type AccountKeys = {
  /** A new RSA key, with proof by the old one; other sessions end. */
  replace(password: string, o?: { signal?: AbortSignal }): Promise<KeyReplaced>
  /** The present key with its private part, encrypted under the passphrase. */
  exportIdentity(o: { format: 'pkcs8' | 'pkcs12'; passphrase: string }): Uint8Array
  /** Adds an earlier key of this account, for reading what was sealed to it. */
  importIdentity(file: Uint8Array, passphrase?: string): Promise<{ fingerprint: string }>
}

/** One object of `Account.export`: the account, then each contact, then each message, oldest first. */
export type ExportLine =
  | ({ type: 'account' } & Whoami)
  | ({ type: 'contact' } & ContactEntry)
  | ({ type: 'message' } & StoredMessage)

/**
 * Opens the profile's account. Asks the server nothing.
 *
 * @throws ChatError `not_signed_in`, `vault_locked`, `wrong_passphrase`, `file_damaged`, `unsafe_permissions`
 * @example
 * const account = await openAccount({ dir: '/home/ann/.local/share/secure-chat/default' })
 * await account.send('bob', { text: 'hello' })
 * account.close()
 */
export async function openAccount(
  options: ProfileOptions,
  input: { passphrase?: string | undefined } = {},
): Promise<Account> {
  const profile = await openProfile(options, input)
  const clock = options.clock ?? systemClock
  const context = makeContext({
    self: selfOf(profile),
    api: profile.api,
    clock,
    vault: profile.vault,
    newId: () => randomUUID(),
    log: (event) => options.log?.(event),
  })
  const lease = makeLease({
    vault: profile.vault,
    clock,
    name: 'outbox',
    holder: holderName(),
    isGone: isHolderGone,
  })
  return accountOf(profile, context, makeSender(context, lease))
}

function accountOf(profile: Profile, context: Context, sender: Sender): Account {
  const { vault, lines, contacts } = context
  const history = makeHistory({ vault, lines, contacts })
  const trust = makeTrust(context, sender)
  return {
    get me() {
      return profile.me()
    },
    api: profile.api,
    send: makeSend(context, sender),
    sync: (options = {}) => syncAndSend(context, sender, options),
    messages: history.messages,
    chats: history.chats,
    markRead: (name, upTo) => markRead(context, name, upTo),
    live: ({ signal }) => followLive(context, sender, signal, makeFeed(context)),
    trust,
    outbox: makeOutbox(context, sender),
    keys: keysOf(profile, context),
    settings: makeSettings(context.state),
    changePassword: (o) => changePassword(profile, o),
    *export() {
      yield { type: 'account', ...profile.me() }
      for (const contact of trust.list()) yield { type: 'contact', ...contact }
      for (const message of history.all()) yield { type: 'message', ...message }
    },
    close: () => profile.close(),
  }
}

async function* followLive(
  context: Context,
  sender: Sender,
  signal: AbortSignal,
  feed: ReturnType<typeof makeFeed>,
): AsyncGenerator<LiveEvent> {
  const { live } = await import('./live/live.ts')
  yield* live(context, sender, { signal, feed })
}

async function syncAndSend(
  context: Context,
  sender: Sender,
  options: { signal?: AbortSignal },
): Promise<Synced> {
  // Receiving is loaded on demand: a command that only sends starts without it.
  const { syncMailbox } = await import('./sync/sync-mailbox.ts')
  const { askForMissing, runJobs } = await import('./sync/run-jobs.ts')
  const synced = await syncMailbox(context, options)
  await runJobs(context, options)
  await askForMissing(context, options)
  await sender.flush(options)
  return synced
}

function keysOf(profile: Profile, context: Context): AccountKeys {
  return {
    replace: (password, { signal } = {}) => replaceKey(profile, { password, signal }),
    exportIdentity: (o) => exportProfileKey(profile, o),
    async importIdentity(file, passphrase) {
      const identity = importIdentity(file, passphrase)
      profile.identityStore.save(identity, 'imported', context.clock.now())
      const { retryWaiting } = await import('./sync/receive-record.ts')
      await retryWaiting(context)
      return { fingerprint: identity.fingerprint }
    },
  }
}

function selfOf(profile: Profile): Context['self'] {
  const { name, serverId, session } = profile.row()
  if (!session) throw new ChatError('not_signed_in')
  return {
    name: parseUserName(name),
    sessionId: session.id,
    serverId,
    identities: profile.identities,
  }
}
