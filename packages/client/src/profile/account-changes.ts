import { endpoints } from '@secure-chat/protocol'
import type { Profile } from './open-profile.ts'
import { isUncertain } from './prepare-vault.ts'
import { wipeProfile } from './wipe.ts'

/**
 * Changes the account's password; other sessions end. The vault is opened by either password until the server's
 * answer is here, so a crash in between locks nobody out.
 * @throws ChatError `bad_credentials`, `weak_password`
 */
export async function changePassword(
  { api, vault }: Profile,
  { password, newPassword, signal }: ChangePasswordInput,
): Promise<void> {
  const isWrapped = !vault.hasOwnPassphrase()
  if (isWrapped) await vault.prepareRewrap(newPassword)
  try {
    const body = { password, new_password: newPassword }
    await api.call(endpoints.changePassword, { body }, { signal })
  } catch (error) {
    if (isWrapped && !isUncertain(error)) vault.settleRewrap('present')
    throw error
  }
  if (isWrapped) vault.settleRewrap('new')
}

/** The password in force, and the one to come (8–1,024 characters). */
export type ChangePasswordInput = {
  password: string
  newPassword: string
  signal?: AbortSignal | undefined
}

/**
 * Removes the account from the server for good, then the profile's data from this computer. Closes the profile.
 * @throws ChatError `bad_credentials`; then nothing was removed
 */
export async function removeAccount(
  profile: Profile,
  { password, signal }: { password: string; signal?: AbortSignal | undefined },
): Promise<void> {
  await profile.api.call(endpoints.removeAccount, { body: { password } }, { signal })
  profile.close()
  wipeProfile(profile.options)
}
