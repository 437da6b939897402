import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { required } from '../input/arguments.ts'
import { passphraseFlags, passwordFlags } from '../input/flags.ts'

export default class Login extends BaseCommand {
  static override summary = 'Sign in on this device'
  static override description =
    'Signs in and unlocks the vault. A device that does not have the private key of the account yet needs it first: `secure-chat keys export` where it is, `secure-chat keys import` here. With --recover a new key replaces one that is lost: every session ends, contacts are warned and have to trust the new key, and what was encrypted for the old key stays unreadable.'
  static override examples = [
    '$ secure-chat login alice',
    '$ secure-chat login alice --password-file alice.password --json',
    '$ secure-chat keys import alice.p12 && secure-chat login alice',
    '$ secure-chat login alice --recover',
  ]
  static override args = { name: required('Your user name') }
  static override flags = {
    ...passwordFlags,
    ...passphraseFlags,
    recover: Flags.boolean({ description: 'The private key is lost: start with a new one' }),
    confirm: Flags.string({
      description: 'The name again, for --recover in a script',
      helpValue: 'NAME',
    }),
    remember: Flags.boolean({
      description: 'Keep the vault open on this device after a restart too (for servers and cron)',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Login)
    const context = await this.context(flags)
    const { login, recoveryCost } = await import('../services/login.ts')
    const { notKept } = await import('../services/register.ts')
    const { userNameArgument } = await import('../input/user-name.ts')
    const { readPassword, readPassphraseFile } = await import('../input/password.ts')
    const name = userNameArgument(args.name)
    if (flags.recover) {
      const { confirm } = await import('../input/confirm.ts')
      const { prompts, output } = context
      await confirm({ name, given: flags.confirm, cost: recoveryCost }, prompts, output.notice)
    }
    const password = await readPassword(flags, context, { question: `Password of ${name}:` })
    const passphrase = await readPassphraseFile(flags, context)
    const { recover, remember } = flags
    const session = await context.output.waiting('Signing in', () =>
      login(context.profile, context.settings, { name, password, passphrase, recover, remember }),
    )
    const { showSignedIn } = await import('../views/account.ts')
    const { kept, ...document } = session
    await context.output.document(document, () => showSignedIn(document, context))
    if (!kept) context.output.notice(notKept)
  }
}
