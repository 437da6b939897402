import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class UsersShow extends BaseCommand {
  static override summary = 'Show one user: presence, trust, and whether you block them'
  static override description =
    'Piped: name, online, state, trust, last seen, text, blocked (yes or no).'
  static override examples = ['$ secure-chat users show bob', '$ secure-chat users show bob --json']
  static override args = { name: required('User name') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsersShow)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { describeUser } = await import('../../services/users.ts')
    const { userNameArgument } = await import('../../input/user-name.ts')
    const { describedColumns } = await import('../../views/users.ts')
    const name = userNameArgument(args.name)
    const user = await withAccount(context, (account) => describeUser(name, account))
    await context.output.document(user, () =>
      context.output.table(describedColumns(context.now()), [user], ''),
    )
  }
}
