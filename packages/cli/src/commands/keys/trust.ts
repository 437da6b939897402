import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class KeysTrust extends BaseCommand {
  static override summary = 'Accept the changed key of a contact without comparing numbers'
  static override description =
    'Sending to them works again. Somebody between you and them could have changed the key: `secure-chat keys verify` is the safe way.'
  static override examples = ['$ secure-chat keys trust bob']
  static override args = { name: required('User name') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeysTrust)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { trustKey } = await import('../../services/keys.ts')
    const { userNameArgument } = await import('../../input/user-name.ts')
    const name = userNameArgument(args.name)
    const key = await withAccount(context, (account) => trustKey(name, account))
    await context.output.document(key, () =>
      context.output.line(`The present key of ${name} is accepted: ${key.fingerprint}`),
    )
  }
}
