import { BaseCommand } from '../base-command.ts'

export default class Chats extends BaseCommand {
  static override summary = 'List your conversations, the newest first'
  static override description = 'Piped: name, unread, time of the last message, trust, its text.'
  static override examples = ['$ secure-chat chats', '$ secure-chat chats --json']

  async run(): Promise<void> {
    const { flags } = await this.parse(Chats)
    const context = await this.context(flags)
    const { output } = context
    const { withAccount } = await import('../with-account.ts')
    const { listChats } = await import('../services/chats.ts')
    const { chatColumns } = await import('../views/chats.ts')
    const { chats, syncFailure } = await withAccount(context, (account) =>
      output.waiting('Fetching new messages', () => listChats(account)),
    )
    const { notUpToDate, showOutcome } = await import('../views/outcome.ts')
    const view = () =>
      output.table(
        chatColumns(context.now()),
        chats,
        'No conversations yet: secure-chat send NAME TEXT',
      )
    const outcome = { document: { chats }, failure: syncFailure }
    this.endWith(await showOutcome(outcome, output, view, notUpToDate(output)))
  }
}
