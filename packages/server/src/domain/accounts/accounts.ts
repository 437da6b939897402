import { ChatError, parsePublicKey, type UserName } from '@secure-chat/protocol'
import type { Clock, Log, MessageQueue, UserStore } from '../../ports/index.ts'
import type { Directory } from '../mailboxes/directory.ts'
import type { SystemRecords } from '../mailboxes/system-records.ts'
import type { Presence } from '../presence/presence.ts'
import type { AuthenticatedSession, Sessions } from '../sessions/sessions.ts'
import type { AccountHooks } from './account-hooks.ts'
import { addressKey } from './address.ts'
import type { AttemptWindow } from './attempts.ts'
import type { Credentials } from './credentials.ts'
import type { OnceOnly } from './once-only.ts'
import type { Passwords } from './passwords.ts'
import type { RemovedMailboxes } from './removed-mailboxes.ts'

/** A change that its owner asked for, by a signed call and the password. */
export interface OwnersChange {
  readonly session: AuthenticatedSession
  readonly nonce: string
  readonly password: string
  readonly ip: string
}

export interface Accounts {
  /** @throws ChatError `registration_closed` `weak_key` `weak_password` `name_taken` `rejected_by_plugin` `plugin_failed` `rate_limited` `busy` */
  register(input: {
    readonly name: UserName
    readonly password: string
    readonly publicKey: string
    readonly ip: string
    readonly requestId: string
  }): Promise<void>
  /** Ends the other sessions. @throws ChatError `bad_credentials` `weak_password` */
  changePassword(change: OwnersChange & { readonly newPassword: string }): Promise<void>
  /** User, sessions and mailbox go; contacts are told. @throws ChatError `bad_credentials` */
  remove(change: OwnersChange): Promise<void>
  /** The same on the operator's word. */
  erase(user: UserName): Promise<void>
}

export function makeAccounts({
  users,
  queue,
  removedMailboxes,
  passwords,
  credentials,
  sessions,
  directory,
  presence,
  systemRecords,
  registrations,
  onceOnly,
  hooks,
  isOpen,
  clock,
  log,
}: {
  readonly users: UserStore
  readonly queue: Pick<MessageQueue, 'createMailbox'>
  readonly removedMailboxes: Pick<RemovedMailboxes, 'remove'>
  readonly passwords: Passwords
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly directory: Directory
  readonly presence: Presence
  readonly systemRecords: SystemRecords
  readonly registrations: AttemptWindow
  readonly onceOnly: OnceOnly
  readonly hooks: AccountHooks
  readonly isOpen: boolean
  readonly clock: Clock
  readonly log: Log
}): Accounts {
  return {
    async register({ name, password, publicKey, ip, requestId }) {
      if (!isOpen) throw new ChatError('registration_closed')
      const { pem, fingerprint } = parsePublicKey(publicKey)
      passwords.refuseCommon(password)
      const address = addressKey(ip)
      registrations.count(address)
      await hooks.registering({ name, fingerprint }, requestId)
      const passwordHash = await passwords.hash(password, address)
      const user = { name, passwordHash, publicKey: pem, fingerprint, createdAt: clock.now() }
      if ((await users.create(user)) === 'taken') {
        throw new ChatError('name_taken', `The name ${name} is taken. Choose another one.`)
      }
      directory.forget(name)
      log.info({ event: 'account.registered', user: name, fingerprint }, 'account registered')
      await makeMailbox(name)
      hooks.registered(name, requestId)
    },

    async changePassword({ session, nonce, password, newPassword, ip }) {
      const user = await credentials.check(session.user, password, ip)
      passwords.refuseCommon(newPassword)
      await onceOnly(session, nonce)
      const hash = await passwords.hash(newPassword, addressKey(ip))
      // Changed while the hash was computed: what was given is not the password any more.
      if ((await users.setPasswordHash(user.name, hash, user.passwordHash)) === 'conflict') {
        throw new ChatError('bad_credentials')
      }
      await sessions.endAll(session.user, { except: session.sidHash })
      log.info({ event: 'password.changed', user: session.user }, 'password changed')
    },

    async remove({ session, nonce, password, ip }) {
      await credentials.check(session.user, password, ip)
      await onceOnly(session, nonce)
      await erase(session.user)
    },

    erase,
  }

  async function erase(user: UserName): Promise<void> {
    await systemRecords.toContacts(user, { event: 'account.removed', name: user })
    await sessions.endAll(user)
    await users.remove(user)
    directory.forget(user)
    presence.forget(user)
    // A session that was being opened meanwhile.
    await sessions.endAll(user)
    await removedMailboxes.remove(user)
    log.info({ event: 'account.removed', user }, 'account removed')
    hooks.removed(user)
  }

  /** The account stands already; the queue makes a missing mailbox with its first message. */
  async function makeMailbox(name: UserName): Promise<void> {
    try {
      await queue.createMailbox(name)
    } catch (error) {
      log.error({ err: error, user: name }, 'mailbox was not made at registration')
    }
  }
}
