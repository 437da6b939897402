import {
  ChatError,
  type Fingerprint,
  limits,
  type PublicKey,
  parsePublicKey,
  type UserName,
  verifyKeyChangeProof,
} from '@secure-chat/protocol'
import type { Clock, Log, User, UserStore } from '../../ports/index.ts'
import type { Directory } from '../mailboxes/directory.ts'
import type { SystemRecords } from '../mailboxes/system-records.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { OwnersChange } from './accounts.ts'
import type { Credentials } from './credentials.ts'
import type { OnceOnly } from './once-only.ts'

export interface KeyInForce {
  readonly fingerprint: Fingerprint
  readonly seq: number
}

export interface KeyChanges {
  /** With a proof by both keys; ends the other sessions. @throws ChatError `bad_credentials` `weak_key` `bad_proof` */
  replace(
    change: OwnersChange & { readonly publicKey: string; readonly proof: unknown },
  ): Promise<KeyInForce>
  /**
   * Without proof, because the old key is lost; ends every session. With the present key it changes
   * nothing and answers the same, so that a lost answer can be asked for again.
   *
   * @throws ChatError `bad_credentials` `weak_key`
   */
  recover(input: {
    readonly name: UserName
    readonly password: string
    readonly publicKey: string
    readonly ip: string
  }): Promise<KeyInForce>
}

export function makeKeyChanges({
  users,
  serverId,
  credentials,
  sessions,
  directory,
  systemRecords,
  onceOnly,
  clock,
  log,
}: {
  readonly users: UserStore
  readonly serverId: string
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly directory: Directory
  readonly systemRecords: SystemRecords
  readonly onceOnly: OnceOnly
  readonly clock: Clock
  readonly log: Log
}): KeyChanges {
  return {
    async replace({ session, nonce, password, publicKey, proof, ip }) {
      const next = parsePublicKey(publicKey)
      const user = await credentials.check(session.user, password, ip)
      await checkProof(user, next, proof)
      await onceOnly(session, nonce)
      if ((await store(user, next, proof)) === 'conflict') {
        throw new ChatError(
          'bad_proof',
          'The key was changed meanwhile. Read the present key and sign again.',
        )
      }
      await sessions.endAll(user.name, { except: session.sidHash })
      await tell(user, next)
      return { fingerprint: next.fingerprint, seq: user.seq + 1 }
    },

    async recover({ name, password, publicKey, ip }) {
      const next = parsePublicKey(publicKey)
      const user = await credentials.check(name, password, ip)
      if (user.fingerprint === next.fingerprint) {
        return { fingerprint: user.fingerprint, seq: user.seq }
      }
      if ((await store(user, next, null)) === 'conflict') {
        throw new ChatError('busy', 'The key was changed at the same moment. Try again.', {
          retryAfterS: 1,
        })
      }
      await sessions.endAll(name)
      await attempt(() => systemRecords.toUser(name, { event: 'account.recovered' }))
      await tell(user, next)
      return { fingerprint: next.fingerprint, seq: user.seq + 1 }
    },
  }

  async function checkProof(user: User, next: PublicKey, proof: unknown): Promise<void> {
    const old = parsePublicKey(user.publicKey)
    const payload = await verifyKeyChangeProof(proof, { oldKey: old.key, newKey: next.key })
    const wrong =
      (payload.name !== user.name && 'name') ||
      (payload.server !== serverId && 'server') ||
      (payload.old_key !== user.fingerprint && 'old_key') ||
      (payload.new_key !== next.fingerprint && 'new_key') ||
      (payload.new_key === payload.old_key && 'new_key') ||
      (payload.seq !== user.seq + 1 && 'seq') ||
      (Math.abs(clock.now() - payload.iat) > limits.keyChangeMaxSkewMs && 'iat')
    if (wrong)
      throw new ChatError(
        'bad_proof',
        `The key-change proof does not fit: ${wrong} is not what it must be now.`,
      )
  }

  async function store(
    user: User,
    next: PublicKey,
    proof: unknown,
  ): Promise<'changed' | 'conflict'> {
    const change = {
      expectedSeq: user.seq,
      publicKey: next.pem,
      fingerprint: next.fingerprint,
      at: clock.now(),
      proof,
    }
    const outcome = await users.changeKey(user.name, change)
    directory.forget(user.name)
    return outcome
  }

  async function tell(user: User, next: PublicKey): Promise<void> {
    const { name, fingerprint: old_key } = user
    const change = { name, old_key, new_key: next.fingerprint, seq: user.seq + 1 }
    log.info(
      { event: 'key.changed', user: name, old_key, new_key: next.fingerprint, seq: change.seq },
      'public key changed',
    )
    await attempt(() => systemRecords.toContacts(name, { event: 'key.changed', ...change }))
  }

  /** The new key is in force; a notice that fails is for the log. Contacts see the change at their next look-up. */
  async function attempt(notice: () => Promise<void>): Promise<void> {
    try {
      await notice()
    } catch (error) {
      log.error({ err: error }, 'notice of a key change was not stored')
    }
  }
}
