import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class KeysVerify extends BaseCommand {
  static override summary = 'Compare safety numbers with a contact'
  static override description =
    'Shows the safety number, as digits and as a QR code. Compare it with what the other side sees, in person or on a call, and say whether it is the same. In a script --number compares; exit code 0 if it is the same, 5 if not.'
  static override examples = [
    '$ secure-chat keys verify bob',
    '$ secure-chat keys verify bob --number "12345 67890 …"',
  ]
  static override args = { name: required('User name') }
  static override flags = {
    number: Flags.string({
      description: 'The 60 digits that the other side sees',
      helpValue: 'DIGITS',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeysVerify)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { verifyKey } = await import('../../services/keys.ts')
    const { userNameArgument } = await import('../../input/user-name.ts')
    const { askWhetherSame } = await import('../../views/keys.ts')
    const name = userNameArgument(args.name)
    const verified = await withAccount(context, (account) =>
      verifyKey(name, {
        account,
        read: (number) => flags.number ?? askWhetherSame(name, number, context),
      }),
    )
    await context.output.document(verified, () => context.output.line(`${name} is verified.`))
  }
}
