import { Flags } from '@oclif/core'

/** As every command of the program has them. */
export const commonFlags = {
  json: Flags.boolean({ description: 'Answer as JSON on stdout', helpGroup: 'GLOBAL' }),
  profile: Flags.string({
    description: 'Which of your accounts (SECURE_CHAT_PROFILE; "default" without)',
    helpGroup: 'GLOBAL',
    helpValue: 'NAME',
  }),
  'no-input': Flags.boolean({
    description: 'Ask nothing; fail and name what is missing',
    helpGroup: 'GLOBAL',
  }),
  insecure: Flags.boolean({
    description: 'Allow plain http:// to another computer',
    helpGroup: 'GLOBAL',
  }),
}
