import type { ProfileOptions } from '@secure-chat/client'
import type { ChatError } from '@secure-chat/protocol/errors'

export const wipeCost =
  'Keys and history of this profile are removed from this device. Without a copy of the key (secure-chat keys export) the account cannot read its messages again.'

export type LogoutInput = {
  readonly all: boolean
  readonly wipe: boolean
  readonly passphrase: string | undefined
}

/** `ended`: the server knows; else why not. The vault is locked either way. */
export async function logout(
  profile: ProfileOptions,
  input: LogoutInput,
): Promise<{ ended: boolean; wiped: boolean; problem: ChatError | undefined }> {
  const { signOut } = await import('@secure-chat/client')
  const { ended, problem } = await signOut(profile, input)
  return { ended, wiped: input.wipe === true, problem }
}

/** Is there nothing to end any more? */
export async function isSignedOut(profile: ProfileOptions): Promise<boolean> {
  const { profileState } = await import('@secure-chat/client')
  return profileState(profile) === 'signed-out'
}

/** Whose profile it is. @throws ChatError not_signed_in */
export async function nameOf(profile: ProfileOptions): Promise<string> {
  const { readWhoami } = await import('@secure-chat/client')
  return readWhoami(profile).name
}
