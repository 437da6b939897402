import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class OutboxDrop extends BaseCommand {
  static override summary = 'Give up a message that is not sent yet'
  static override examples = ['$ secure-chat outbox drop 6f1ed002-ab59-4a5e-8f9d-2f4d4ee5b1c7']
  static override args = { id: required('Message id, from `secure-chat outbox`') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(OutboxDrop)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { dropFromOutbox } = await import('../../services/outbox.ts')
    await withAccount(context, (account) => dropFromOutbox(args.id, account))
    await context.output.document({ id: args.id, dropped: true }, () =>
      context.output.line('It will not be sent.'),
    )
  }
}
