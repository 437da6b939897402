import { ChatError, isChatError } from '@secure-chat/protocol'
import { readKeptKey } from '../vault/kept-key.ts'
import type { Vault } from '../vault/vault.ts'
import type { ProfileOptions } from './options.ts'
import { readProfileRow } from './profile-row.ts'

export type VaultSecrets = { password: string; passphrase?: string | undefined }

/**
 * Unlocks the vault for a sign-in, or makes its key when there is none. In a new vault a passphrase becomes its
 * own; in one that goes by the account's password, it is the password from before a change.
 * @param mayStartOver an unfinished set-up under another password is given up
 * @returns whether the vault key was made now
 */
export async function prepareVault(
  options: ProfileOptions,
  vault: Vault,
  { password, passphrase }: VaultSecrets,
  mayStartOver: boolean,
): Promise<boolean> {
  const create = async (): Promise<true> => {
    await vault.create(passphrase ?? password, { isOwn: passphrase !== undefined })
    return true
  }
  if (vault.vaultId() === null) return await create()
  const kept = readKeptKey(options)
  if (kept && vault.unlockWith(kept)) return false
  if (vault.hasOwnPassphrase() && passphrase === undefined) throw ownPassphraseNeeded()
  try {
    await vault.unlock(passphrase ?? password)
    return false
  } catch (error) {
    if (!isChatError(error, 'wrong_passphrase')) throw error
    if (!mayStartOver && !isBare(vault)) throw explained(error, vault)
    eraseAccount(vault)
    return await create()
  }
}

/** Takes account and keys out of the vault; what is deleted is overwritten (secure_delete). */
export function eraseAccount(vault: Vault): void {
  vault.transaction(() => {
    for (const table of ['profile', 'identities', 'vault_key']) vault.run(`DELETE FROM ${table}`)
  })
  vault.lock()
}

/** Did the request perhaps take effect? Then nothing that belongs to it may be thrown away. */
export function isUncertain(error: unknown): boolean {
  return !isChatError(error) || (error.status === null ? error.exit !== 4 : error.status >= 500)
}

function ownPassphraseNeeded(): ChatError {
  return new ChatError(
    'vault_locked',
    'This profile has a passphrase of its own, which is needed beside the password.',
    { suggestions: ['secure-chat login NAME --passphrase-file FILE'] },
  )
}

/** A set-up that ended before it had made a key: there is nothing to lose. */
function isBare(vault: Vault): boolean {
  return vault.get('SELECT fingerprint FROM identities LIMIT 1') === undefined
}

function explained(error: ChatError, vault: Vault): ChatError {
  return new ChatError('wrong_passphrase', whyClosed(vault), {
    cause: error,
    suggestions: ['secure-chat login NAME --passphrase-file FILE'],
  })
}

function whyClosed(vault: Vault): string {
  if (vault.hasOwnPassphrase()) return 'The passphrase does not open this profile.'
  if (!readProfileRow(vault)?.isRegistered) {
    return 'An earlier registration or key import in this profile, which was not finished, was made with another password. Give that one, or use another profile (--profile).'
  }
  return 'This password does not open this profile. Either it is mistyped, or it was changed on another device: then give the earlier one as well (--passphrase-file), and from then on the new one opens the profile.'
}
