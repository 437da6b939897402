import { BaseCommand } from '../../base-command.ts'

export default class Outbox extends BaseCommand {
  static override summary = 'List what is not sent yet'
  static override description =
    'Piped: id, to, time, state (`waiting`, `held` by a changed key, or `refused` until you drop it), reason, text.'
  static override examples = ['$ secure-chat outbox', '$ secure-chat outbox --json']
  static override aliases = ['outbox:list']

  async run(): Promise<void> {
    const { flags } = await this.parse(Outbox)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { listOutbox } = await import('../../services/outbox.ts')
    const { outboxColumns } = await import('../../views/outbox.ts')
    const outbox = await withAccount(context, listOutbox)
    await context.output.document({ outbox }, () =>
      context.output.table(outboxColumns(context.now()), outbox, 'Everything is sent.'),
    )
  }
}
