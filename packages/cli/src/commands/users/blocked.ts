import { BaseCommand } from '../../base-command.ts'

export default class UsersBlocked extends BaseCommand {
  static override summary = 'List the users you have blocked'
  static override description = 'Piped: one name a line.'
  static override examples = ['$ secure-chat users blocked', '$ secure-chat users blocked --json']

  async run(): Promise<void> {
    const { flags } = await this.parse(UsersBlocked)
    const context = await this.context(flags)
    const { output } = context
    const { withAccount } = await import('../../with-account.ts')
    const { listBlocked } = await import('../../services/users.ts')
    const { blockedColumns } = await import('../../views/users.ts')
    const blocks = await withAccount(context, listBlocked)
    await output.document({ blocks }, () =>
      output.table(blockedColumns, blocks, 'Nobody is blocked.'),
    )
  }
}
