import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class UsersBlock extends BaseCommand {
  static override summary = 'Take no more messages from a user'
  static override description =
    'The server refuses their messages and key exchanges; they are told that you do not accept them. What they sent before stays.'
  static override examples = ['$ secure-chat users block mallory']
  static override args = { name: required('User name') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsersBlock)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { blockUser } = await import('../../services/users.ts')
    const { userNameArgument } = await import('../../input/user-name.ts')
    const name = userNameArgument(args.name)
    await withAccount(context, (account) => blockUser(name, account))
    await context.output.document({ name, blocked: true }, () =>
      context.output.line(`${name} is blocked.`),
    )
  }
}
