import { ChatError, isChatError } from '@secure-chat/protocol'
import { readKeptKey } from '../vault/kept-key.ts'
import type { Vault } from '../vault/vault.ts'
import type { ProfileOptions } from './options.ts'

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
    if (!mayStartOver) throw explained(error, vault)
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
    'This profile has a passphrase of its own. Give it too (--passphrase).',
    { suggestions: ['--passphrase'] },
  )
}

function explained(error: ChatError, vault: Vault): ChatError {
  const detail = vault.hasOwnPassphrase()
    ? 'The passphrase does not open this profile.'
    : 'This password does not open this profile. Either it is mistyped, or it was changed on another device: then give the earlier one as well (--passphrase), and from then on the new one opens the profile.'
  return new ChatError('wrong_passphrase', detail, { cause: error, suggestions: ['--passphrase'] })
}
