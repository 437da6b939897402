import type { Profile } from '@secure-chat/client'

export const removalCost =
  'The account, its sessions and the messages waiting for it are removed from the server for good, and its name is never given out again. Keys and history are removed from this device.'

/** Closes the profile. @throws ChatError bad_credentials */
export async function deleteAccount(
  password: string,
  profile: Profile,
): Promise<{ name: string; removed: true }> {
  const { removeAccount } = await import('@secure-chat/client')
  const { name } = profile.me()
  await removeAccount(profile, { password })
  return { name, removed: true }
}
