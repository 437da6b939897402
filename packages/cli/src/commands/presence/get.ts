import { BaseCommand } from '../../base-command.ts'
import { several } from '../../input/arguments.ts'

export default class PresenceGet extends BaseCommand {
  static override summary = 'Show your presence, or that of others'
  static override examples = [
    '$ secure-chat presence get',
    '$ secure-chat presence get bob carol --json',
  ]
  static override args = { names: several('User names; your own without any') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PresenceGet)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { getPresence } = await import('../../services/presence.ts')
    const { userNameArgument } = await import('../../input/user-name.ts')
    const { presenceColumns } = await import('../../views/users.ts')
    const names = (args.names ?? []).map(userNameArgument)
    const presence = await withAccount(context, (account) =>
      getPresence(names.length > 0 ? names : [userNameArgument(account.me.name)], account),
    )
    await context.output.document({ presence }, () =>
      context.output.table(presenceColumns(context.now()), presence, ''),
    )
  }
}
