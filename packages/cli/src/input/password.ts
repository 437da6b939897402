import { ChatError } from '@secure-chat/protocol/errors'
import { limits } from '@secure-chat/protocol/limits'
import type { CommandContext } from '../context.ts'
import type { PasswordFlags } from './flags.ts'
import { readSecret, readSecretFile } from './secret.ts'

type Asking = Pick<CommandContext, 'environment' | 'stdin' | 'prompts'>

/** The account's password, as the flags say, else from a hidden prompt. */
export function readPassword(
  flags: PasswordFlags,
  { environment, stdin, prompts }: Asking,
  options: { readonly question?: string; readonly isNew?: boolean } = {},
): Promise<string> {
  return readSecret(
    {
      fromStdin: flags['password-stdin'],
      file: flags['password-file'],
      environmentFile: environment.passwordFile,
      stdin,
      prompts,
    },
    {
      question: options.question ?? 'Password:',
      missing: '--password-stdin, --password-file FILE or SECURE_CHAT_PASSWORD_FILE',
      isNew: options.isNew ?? false,
      ...(options.isNew && { check: checkLength }),
    },
  )
}

/** The password that replaces the present one. */
export function readNewPassword(
  file: string | undefined,
  { stdin, prompts }: Asking,
): Promise<string> {
  return readSecret(
    { fromStdin: false, file, environmentFile: undefined, stdin, prompts },
    {
      question: 'New password:',
      missing: '--new-password-file FILE',
      isNew: true,
      check: checkLength,
    },
  )
}

/** Characters are code points, as the server counts them. @throws ChatError weak_password | usage */
function checkLength(password: string): void {
  const { passwordMinChars: min, passwordMaxChars: max } = limits
  const length = Array.from(password).length
  if (length >= min && length <= max) return
  throw new ChatError(
    length < min ? 'weak_password' : 'usage',
    `A password has ${min} to ${max.toLocaleString('en')} characters, this one has ${length.toLocaleString('en')}.`,
    { suggestions: ['Choose another one: several words are good.'] },
  )
}

/** A secret of the vault's own, where one is wanted; without it the password serves. */
export async function readPassphraseFile(
  flags: { readonly 'passphrase-file': string | undefined },
  { environment }: Asking,
): Promise<string | undefined> {
  const file = flags['passphrase-file'] ?? environment.passphraseFile
  return file === undefined ? undefined : readSecretFile(file)
}
