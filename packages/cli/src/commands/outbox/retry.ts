import { BaseCommand } from '../../base-command.ts'
import { optional } from '../../input/arguments.ts'

export default class OutboxRetry extends BaseCommand {
  static override summary = 'Try again to send what waits'
  static override examples = ['$ secure-chat outbox retry']
  static override args = { id: optional('Only this message') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(OutboxRetry)
    const context = await this.context(flags)
    const { output } = context
    const { withAccount } = await import('../../with-account.ts')
    const { retryOutbox } = await import('../../services/outbox.ts')
    const result = await withAccount(context, (account) =>
      output.waiting('Sending', () => retryOutbox(args.id, account)),
    )
    const { showOutcome } = await import('../../views/outcome.ts')
    const { failure, ...document } = result
    const refused = result.refused > 0 ? `, ${result.refused} refused` : ''
    const view = () => output.line(`${result.sent} sent, ${result.left} still waiting${refused}.`)
    this.endWith(await showOutcome({ document, failure }, output, view))
  }
}
