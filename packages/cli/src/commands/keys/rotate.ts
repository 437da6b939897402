import { BaseCommand } from '../../base-command.ts'
import { optional } from '../../input/arguments.ts'

export default class KeysRotate extends BaseCommand {
  static override summary = 'Use fresh message keys from the next message on'
  static override description =
    'Starts a new sending chain with one contact, or with all. It happens by itself after 100 messages or 24 hours. Your RSA key stays; to replace that, see `secure-chat keys replace`.'
  static override examples = ['$ secure-chat keys rotate bob', '$ secure-chat keys rotate']
  static override args = { name: optional('User name; all contacts without one') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeysRotate)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { rotateKeys } = await import('../../services/keys.ts')
    const { userNameArgument } = await import('../../input/user-name.ts')
    const name = args.name === undefined ? undefined : userNameArgument(args.name)
    const rotated = await withAccount(context, (account) => rotateKeys(name, account))
    const { showRotated } = await import('../../views/keys.ts')
    await context.output.document(rotated, () => showRotated(rotated, context.output))
  }
}
