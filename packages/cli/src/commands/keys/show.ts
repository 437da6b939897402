import { BaseCommand } from '../../base-command.ts'
import { optional } from '../../input/arguments.ts'

export default class KeysShow extends BaseCommand {
  static override summary = 'Show the key of a contact, or your own'
  static override examples = ['$ secure-chat keys show', '$ secure-chat keys show bob --json']
  static override args = { name: optional('User name; your own key without one') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeysShow)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { showKey } = await import('../../services/keys.ts')
    const { userNameArgument } = await import('../../input/user-name.ts')
    const { showContactKey } = await import('../../views/keys.ts')
    const name = args.name === undefined ? undefined : userNameArgument(args.name)
    const key = await withAccount(context, (account) => showKey(name, account))
    await context.output.document(key, () => showContactKey(key, context.output))
  }
}
