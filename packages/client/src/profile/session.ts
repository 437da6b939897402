import { openSessionKey } from '@secure-chat/e2ee'
import { ChatError, endpoints, isChatError, sessionIdOf } from '@secure-chat/protocol'
import type { Api } from '../api/api.ts'
import type { SessionSecrets } from '../api/sign.ts'
import type { StoredIdentity } from './identity-store.ts'

export type OpenedSession = {
  id: string
  expiresAt: string
  secrets: SessionSecrets
  /** The key of ours the server sealed it to: the account's key, as the server has it. */
  openedBy: StoredIdentity
}

/**
 * Signs in and opens the session key with whichever key of ours it was sealed to. What does not open, or
 * opens to anything but a session key, is never shown or sent anywhere.
 * @throws ChatError `bad_credentials`, …; `no_private_key` when no key here opens it
 */
export async function openSession(
  api: Api,
  credentials: { name: string; password: string },
  keys: readonly StoredIdentity[],
  signal?: AbortSignal,
): Promise<OpenedSession> {
  const answer = await api.call(endpoints.login, { body: credentials }, { signal })
  for (const key of keys) {
    const secrets = tryOpen(key, answer['session-key'])
    if (!secrets) continue
    if (sessionIdOf(secrets.sid) !== answer.session_id) throw mixedUp(api)
    return { id: answer.session_id, expiresAt: answer.expires_at, secrets, openedBy: key }
  }
  throw keyMissing(credentials.name, keys.length > 0)
}

function tryOpen({ identity }: StoredIdentity, sealed: string): SessionSecrets | undefined {
  try {
    return openSessionKey(identity, sealed)
  } catch (error) {
    if (isChatError(error, 'undecryptable')) return undefined
    throw error
  }
}

/** How to get the key onto this device, or go on without it. */
export function keyMissing(name: string, hasAnother = false): ChatError {
  const why = hasAnother
    ? `The server has another key for ${name} than this profile: it was replaced on another device.`
    : `The private key of ${name} is not on this device.`
  return new ChatError(
    'no_private_key',
    `${why} Bring it from the device that has it (there: secure-chat keys export, here: secure-chat keys import FILE). If it is lost: secure-chat login ${name} --recover makes a new one; contacts are told, and what was sent to the old key stays unreadable.`,
    { suggestions: ['secure-chat keys import FILE', `secure-chat login ${name} --recover`] },
  )
}

function mixedUp(api: Api): ChatError {
  return new ChatError(
    'bad_answer',
    `The session that ${api.server.origin} opened is not the one it names, so it is not used. Try again; if it stays so, ask the operator.`,
  )
}
