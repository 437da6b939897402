import type { ProfileOptions, SignedIn } from '@secure-chat/client'
import type { SettingsFile } from '../config/settings-file.ts'
import { withServer } from './sign-in-server.ts'

export const recoveryCost =
  'A new key replaces the lost one: every session ends, your contacts are warned and have to trust the new key, and what was encrypted for the old key stays unreadable.'

export type LoginInput = {
  readonly name: string
  readonly password: string
  readonly passphrase: string | undefined
  readonly recover: boolean
  readonly remember: boolean
}

export async function login(
  profile: ProfileOptions,
  settings: Pick<SettingsFile, 'get'>,
  input: LoginInput,
): Promise<SignedIn> {
  const { profileState, signIn } = await import('@secure-chat/client')
  const isNew = profileState(profile) === 'empty'
  return signIn(withServer(profile, settings, isNew), input)
}
