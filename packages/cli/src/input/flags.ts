import * as Flags from '@oclif/core/flags'

/** Flags that every command takes. */
export const globalFlags = {
  json: Flags.boolean({ description: 'Answer as JSON on stdout', helpGroup: 'GLOBAL' }),
  profile: Flags.string({
    description: 'Which of your accounts (SECURE_CHAT_PROFILE; "default" without)',
    helpGroup: 'GLOBAL',
    helpValue: 'NAME',
  }),
  server: Flags.string({
    description: 'Address of the server (SECURE_CHAT_SERVER)',
    helpGroup: 'GLOBAL',
    helpValue: 'URL',
  }),
  'no-input': Flags.boolean({
    description: 'Ask nothing; fail and name what is missing',
    helpGroup: 'GLOBAL',
  }),
  plain: Flags.boolean({
    description: 'Lines and words only, for screen readers (SECURE_CHAT_PLAIN)',
    helpGroup: 'GLOBAL',
  }),
  'no-plugins': Flags.boolean({
    description: 'Go on without installed plugins',
    helpGroup: 'GLOBAL',
  }),
  insecure: Flags.boolean({
    description: 'Allow plain http:// to another computer',
    helpGroup: 'GLOBAL',
  }),
}

/** A secret comes from a hidden prompt, stdin or a file, never from the command line itself. */
export const passwordFlags = {
  'password-stdin': Flags.boolean({
    description: 'Read the password from stdin',
    exclusive: ['password-file'],
  }),
  'password-file': Flags.string({
    description: 'Read the password from a file (SECURE_CHAT_PASSWORD_FILE)',
    helpValue: 'FILE',
  }),
}

/** For a vault that shall not open with the account's password. */
export const passphraseFlags = {
  'passphrase-file': Flags.string({
    description: 'Passphrase of the vault, from a file (SECURE_CHAT_PASSPHRASE_FILE)',
    helpValue: 'FILE',
  }),
}

export type GlobalFlags = {
  readonly json: boolean | undefined
  readonly profile: string | undefined
  readonly server: string | undefined
  readonly 'no-input': boolean
  readonly plain: boolean
  readonly 'no-plugins': boolean
  readonly insecure: boolean
}

export type PasswordFlags = {
  readonly 'password-stdin': boolean
  readonly 'password-file': string | undefined
}
