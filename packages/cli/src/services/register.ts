import type { ProfileOptions } from '@secure-chat/client'
import type { ChatError } from '@secure-chat/protocol/errors'
import type { SettingsFile } from '../config/settings-file.ts'
import { withServer } from './sign-in-server.ts'

export const notKept =
  'There is no XDG_RUNTIME_DIR to keep the vault open between commands, so each one asks for the password. Sign in with --remember to keep it beside the data.'

export type RegisterInput = {
  readonly name: string
  readonly password: string
  readonly passphrase: string | undefined
  readonly login: boolean
  readonly remember: boolean
}

export type RegisterOutcome = {
  readonly account: {
    readonly name: string
    readonly fingerprint: string
    readonly server: string
    readonly session_id: string | null
    readonly expires_at: string | null
  }
  /** False: the vault stays locked between commands, since there is no place to keep its key. */
  readonly isKept: boolean
  /** Why signing in afterwards did not work; the account is there all the same. */
  readonly problem: ChatError | undefined
}

export async function register(
  profile: ProfileOptions,
  settings: Pick<SettingsFile, 'get'>,
  input: RegisterInput,
): Promise<RegisterOutcome> {
  const { profileState, registerAccount } = await import('@secure-chat/client')
  const isNew = profileState(profile) === 'empty'
  const made = await registerAccount(withServer(profile, settings, isNew), input)
  const { name, fingerprint, server, session, problem } = made
  const { session_id = null, expires_at = null } = session ?? {}
  const account = { name, fingerprint, server, session_id, expires_at }
  return { account, isKept: session?.kept ?? true, problem }
}
