import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class AccountExport extends BaseCommand {
  static override summary = 'Write everything readable of this account into a folder'
  static override description =
    'Account, contacts and messages, decrypted, one JSON object a line, in a file only you can read. Keys are not in it: see `secure-chat keys export`.'
  static override examples = ['$ secure-chat account export ~/alice-export']
  static override args = { dir: required('The folder; made if it is not there') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AccountExport)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { exportAccount } = await import('../../services/account-export.ts')
    const exported = await withAccount(context, (account) => exportAccount(args.dir, account))
    await context.output.document(exported, () => {
      const { messages, contacts, file } = exported
      context.output.line(`${messages} messages and ${contacts} contacts are in ${file}.`)
    })
  }
}
