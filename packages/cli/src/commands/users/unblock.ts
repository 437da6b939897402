import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class UsersUnblock extends BaseCommand {
  static override summary = 'Take messages from a user again'
  static override description = 'Opposite of `secure-chat users block`.'
  static override examples = ['$ secure-chat users unblock mallory']
  static override args = { name: required('User name') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsersUnblock)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { unblockUser } = await import('../../services/users.ts')
    const { userNameArgument } = await import('../../input/user-name.ts')
    const name = userNameArgument(args.name)
    await withAccount(context, (account) => unblockUser(name, account))
    await context.output.document({ name, blocked: false }, () =>
      context.output.line(`${name} is no longer blocked.`),
    )
  }
}
