import { constants, publicEncrypt } from 'node:crypto'
import {
  ChatError,
  formatSessionKey,
  limits,
  parsePublicKey,
  printable,
  type UserName,
} from '@secure-chat/protocol'
import type { Clock, Log, User } from '../../ports/index.ts'
import type { SystemRecords } from '../mailboxes/system-records.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { AccountHooks } from './account-hooks.ts'
import type { Credentials } from './credentials.ts'

export interface SignedIn {
  /** Standard base64 of RSA-OAEP (SHA-256 for hash and MGF1) of the session key. */
  readonly sealedSessionKey: string
  readonly sessionId: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Throws what `Credentials.check` throws. */
export type SignIn = (input: {
  readonly name: UserName
  readonly password: string
  readonly ip: string
  /** User-Agent as sent. */
  readonly client: string
  readonly requestId: string
}) => Promise<SignedIn>

export function makeSignIn({
  credentials,
  sessions,
  systemRecords,
  hooks,
  clock,
  log,
}: {
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly systemRecords: SystemRecords
  readonly hooks: Pick<AccountHooks, 'signedIn'>
  readonly clock: Clock
  readonly log: Log
}): SignIn {
  return async ({ name, password, ip, client, requestId }) => {
    const user = await credentials.check(name, password, ip)
    const others = await sessions.list(name)
    const opened = await sessions.open(name, printable(client, limits.clientMaxChars))
    await endIfOutdated(user, opened.sessionId)
    log.info({ event: 'session.opened', user: name, session_id: opened.sessionId }, 'signed in')
    hooks.signedIn({ name, sessionId: opened.sessionId }, requestId)
    if (others.length > 0) await tellOthers(name, opened.sessionId)
    return {
      sealedSessionKey: seal(user.publicKey, formatSessionKey(opened)),
      sessionId: opened.sessionId,
      expiresAt: opened.expiresAt,
    }
  }

  /** The account was changed while the session was opened: it missed the end of all the others. */
  async function endIfOutdated(user: User, sessionId: string): Promise<void> {
    if (await credentials.isPresent(user)) return
    await sessions.endByName(user.name, sessionId)
    throw new ChatError('bad_credentials')
  }

  /** A notice that could not be written must not keep the owner out. */
  async function tellOthers(name: UserName, sessionId: string): Promise<void> {
    const at = new Date(clock.now()).toISOString()
    try {
      await systemRecords.toUser(name, { event: 'session.opened', session_id: sessionId, at })
    } catch (error) {
      log.error({ err: error, user: name }, 'notice of a new session was not stored')
    }
  }
}

function seal(publicKey: string, sessionKey: string): string {
  return publicEncrypt(
    {
      key: parsePublicKey(publicKey).key,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      // OpenSSL takes the same hash for MGF1 unless told otherwise.
      oaepHash: 'sha256',
    },
    Buffer.from(sessionKey),
  ).toString('base64')
}
