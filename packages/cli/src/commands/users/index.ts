import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../base-command.ts'

export default class Users extends BaseCommand {
  static override summary = 'List the users of the server'
  static override description =
    'Piped: name, online, state, trust, last seen, text. Trust: `new` (no key seen yet), `pinned` (first key seen is kept), `verified` (safety numbers compared), `changed` (look before you send).'
  static override examples = [
    '$ secure-chat users --online',
    '$ secure-chat users --prefix al --json',
  ]
  static override aliases = ['users:list']
  static override flags = {
    online: Flags.boolean({ description: 'Only who is there now' }),
    prefix: Flags.string({ description: 'Only names that begin so', helpValue: 'TEXT' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Users)
    const context = await this.context(flags)
    const { output } = context
    const { withAccount } = await import('../../with-account.ts')
    const { listUsers } = await import('../../services/users.ts')
    const { userColumns } = await import('../../views/users.ts')
    const { online, prefix } = flags
    const users = await withAccount(context, (account) =>
      output.waiting('Asking the server', () => listUsers({ online, prefix }, account)),
    )
    await output.document({ users }, () =>
      output.table(userColumns(context.now()), users, 'There is nobody like that.'),
    )
  }
}
