import type { Profile } from '@secure-chat/client'

export type PasswordChange = { readonly password: string; readonly newPassword: string }

/** Other sessions end; the vault of this device is wrapped anew. @throws ChatError bad_credentials | weak_password */
export async function changePassword(change: PasswordChange, profile: Profile): Promise<void> {
  const { changePassword: replace } = await import('@secure-chat/client')
  await replace(profile, change)
}
