import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { required } from '../input/arguments.ts'
import { passphraseFlags, passwordFlags } from '../input/flags.ts'

export default class Register extends BaseCommand {
  static override summary = 'Make a key and an account, and sign in'
  static override description =
    'Makes an RSA key on this device, registers its public half, and signs in. The private key never leaves the device. The password also locks the vault, unless --passphrase-file gives another secret for it.'
  static override examples = [
    '$ secure-chat register alice',
    '$ secure-chat register alice --server https://chat.example.org',
    '$ secure-chat register bot --profile bot --password-file bot.password --json',
  ]
  static override args = { name: required('Your user name: 2 to 32 of a-z 0-9 _ -') }
  static override flags = {
    ...passwordFlags,
    ...passphraseFlags,
    login: Flags.boolean({ description: 'Sign in afterwards', default: true, allowNo: true }),
    remember: Flags.boolean({
      description: 'Keep the vault open on this device after a restart too (for servers and cron)',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Register)
    const context = await this.context(flags)
    const { notKept, register } = await import('../services/register.ts')
    const { userNameArgument } = await import('../input/user-name.ts')
    const { readPassword, readPassphraseFile } = await import('../input/password.ts')
    const name = userNameArgument(args.name)
    const question = `Choose a password for ${name} (8 characters or more):`
    const password = await readPassword(flags, context, { question, isNew: true })
    const passphrase = await readPassphraseFile(flags, context)
    const { login, remember } = flags
    const outcome = await context.output.waiting('Making a key and registering', () =>
      register(context.profile, context.settings, { name, password, passphrase, login, remember }),
    )
    const { showRegistered } = await import('../views/account.ts')
    const { showOutcome } = await import('../views/outcome.ts')
    const { account: document, isKept, problem: failure } = outcome
    const view = () => showRegistered(document, context.output)
    this.endWith(await showOutcome({ document, failure }, context.output, view))
    if (!isKept) context.output.notice(notKept)
  }
}
