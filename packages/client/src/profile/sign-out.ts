import { type ChatError, endpoints, isChatError } from '@secure-chat/protocol'
import type { Api } from '../api/api.ts'
import { forgetKey } from '../vault/kept-key.ts'
import { type Vault, vaultExists } from '../vault/vault.ts'
import { apiOf } from './open-profile.ts'
import type { ProfileOptions } from './options.ts'
import { openProfileRow, type ProfileRow, readProfileRow, writeProfileRow } from './profile-row.ts'
import { noAccount } from './state.ts'
import { openProfileVault, unlockVault } from './unlock.ts'
import { wipeProfile } from './wipe.ts'

/** How far signing out goes. */
export type SignOutInput = {
  /** Every session of the account, on all devices. */
  all?: boolean | undefined
  /** Removes the profile's data from this computer: keys, contacts, history. */
  wipe?: boolean | undefined
  /** Opens the vault where its key is not kept, so that the session can be ended too. */
  passphrase?: string | undefined
  signal?: AbortSignal | undefined
}

/** What signing out came to; the profile is locked in any case. */
export type SignedOut = {
  /** False: the profile is locked, but the session lives on at the server until it expires or is revoked. */
  ended: boolean
  /** Why it lives on. */
  problem?: ChatError
}

/**
 * Ends the session and locks the profile. Offline it locks all the same and says that the session lives on.
 * @throws ChatError `not_signed_in` when there is no account here
 */
export async function signOut(
  options: ProfileOptions,
  input: SignOutInput = {},
): Promise<SignedOut> {
  if (!vaultExists(options.dir)) throw noAccount(options)
  const vault = openProfileVault(options)
  try {
    const row = readProfileRow(vault)
    if (!row && !input.wipe) throw noAccount(options)
    const result = row?.session ? await endSession(options, vault, row, input) : { ended: true }
    options.log?.({ event: 'signed-out', ended: result.ended })
    return result
  } finally {
    vault.close()
    forgetKey(options)
    if (input.wipe) wipeProfile(options)
  }
}

async function endSession(
  options: ProfileOptions,
  vault: Vault,
  shown: ProfileRow,
  { all, passphrase, signal }: SignOutInput,
): Promise<SignedOut> {
  try {
    await unlockVault(options, vault, passphrase)
    const opened = openProfileRow(vault)
    if (!opened?.secrets) return { ended: true }
    const api = apiOf(options, opened.row.server, { session: opened.secrets })
    try {
      return await endAtServer(api, shown.session?.id, all === true, signal)
    } finally {
      writeProfileRow(vault, { ...opened.row, session: null }, null)
      api.close()
    }
  } catch (error) {
    // Locking matters more than telling the server: whoever signs out may be about to leave the computer.
    if (!isChatError(error)) throw error
    return { ended: false, problem: error }
  }
}

async function endAtServer(
  api: Api,
  own: string | undefined,
  all: boolean,
  signal: AbortSignal | undefined,
): Promise<SignedOut> {
  try {
    if (all) await endOthers(api, own, signal)
    await api.call(endpoints.logout, undefined, { signal })
    return { ended: true }
  } catch (error) {
    // Over already: ended from another device, or expired.
    if (isChatError(error, 'token_invalid')) return { ended: true }
    throw error
  }
}

async function endOthers(
  api: Api,
  own: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { sessions } = await api.call(endpoints.listSessions, undefined, { signal })
  for (const { session_id, current } of sessions) {
    if (current || session_id === own) continue
    await api
      .call(endpoints.revokeSession, { params: { session_id } }, { signal })
      .catch((error: unknown) => {
        if (!isChatError(error, 'no_such_session')) throw error
      })
  }
}
