import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../base-command.ts'
import { passwordFlags } from '../../input/flags.ts'

export default class AccountPassword extends BaseCommand {
  static override summary = 'Change the password of the account'
  static override description = 'Other sessions end.'
  static override examples = [
    '$ secure-chat account password',
    '$ secure-chat account password --password-file old --new-password-file new',
  ]
  static override flags = {
    ...passwordFlags,
    'new-password-file': Flags.string({
      description: 'Read the new password from a file',
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(AccountPassword)
    const context = await this.context(flags)
    const { output } = context
    const { withProfile } = await import('../../with-account.ts')
    const { changePassword } = await import('../../services/account-password.ts')
    const { readNewPassword, readPassword } = await import('../../input/password.ts')
    const password = await readPassword(flags, context, { question: 'Present password:' })
    const newPassword = await readNewPassword(flags['new-password-file'], context)
    await withProfile(context, (profile) =>
      output.waiting('Changing the password', () =>
        changePassword({ password, newPassword }, profile),
      ),
    )
    await output.document({ changed: true }, () => output.line('The password is changed.'))
  }
}
