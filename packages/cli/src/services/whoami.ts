import type { ProfileOptions, Whoami } from '@secure-chat/client'

/** Asks neither the server nor for a passphrase. @throws ChatError not_signed_in */
export async function whoami(profile: ProfileOptions): Promise<Whoami> {
  const { readWhoami } = await import('@secure-chat/client')
  return readWhoami(profile)
}
