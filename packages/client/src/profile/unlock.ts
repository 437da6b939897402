import { ChatError } from '@secure-chat/protocol'
import { readKeptKey } from '../vault/kept-key.ts'
import { openVault, type Vault } from '../vault/vault.ts'
import type { ProfileOptions } from './options.ts'

export function openProfileVault({ dir, clock }: ProfileOptions): Vault {
  return openVault({ dir, ...(clock && { now: clock.now }) })
}

/**
 * Unlocks by the key kept since sign-in, else by the passphrase.
 * @throws ChatError `vault_locked` (neither is there), `wrong_passphrase`
 */
export async function unlockVault(
  options: ProfileOptions,
  vault: Vault,
  passphrase?: string,
): Promise<void> {
  const kept = readKeptKey(options)
  if (kept && vault.unlockWith(kept)) return
  if (passphrase !== undefined) return await vault.unlock(passphrase)
  throw new ChatError(
    'vault_locked',
    'The profile is locked: its key is not kept on this computer (it restarted, or there is no XDG_RUNTIME_DIR, as in cron). Sign in again, sign in with --remember, or name a file with the passphrase in SECURE_CHAT_PASSPHRASE_FILE.',
    { suggestions: ['secure-chat login NAME', 'secure-chat login NAME --remember'] },
  )
}
