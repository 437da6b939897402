import { importIdentity } from '@secure-chat/e2ee'
import { systemClock } from '../clock.ts'
import { makeIdentityStore } from './identity-store.ts'
import type { ProfileOptions } from './options.ts'
import { prepareVault } from './prepare-vault.ts'
import { readProfileRow } from './profile-row.ts'
import { openProfileVault } from './unlock.ts'

export type ImportKeyInput = {
  file: Uint8Array
  /** Of the file. */
  filePassphrase?: string | undefined
  /** The account's password, under which a new profile is set up; an existing one is unlocked by it where needed. */
  password: string
  /** The vault's own passphrase, as at `signIn`. */
  passphrase?: string | undefined
}

/**
 * Puts a key from a file into the profile, where the next sign-in takes it up if the server's key is this one.
 * @throws ChatError `invalid_key_file`, `wrong_passphrase` (of the file, or of the profile), `weak_key`
 */
export async function importProfileKey(
  options: ProfileOptions,
  input: ImportKeyInput,
): Promise<{ fingerprint: string }> {
  const identity = importIdentity(Buffer.from(input.file), input.filePassphrase)
  const vault = openProfileVault(options)
  try {
    const isRegistered = readProfileRow(vault)?.isRegistered === true
    await prepareVault(options, vault, input, !isRegistered)
    makeIdentityStore(vault).save(identity, 'imported', (options.clock ?? systemClock).now())
    return { fingerprint: identity.fingerprint }
  } finally {
    vault.close()
  }
}
