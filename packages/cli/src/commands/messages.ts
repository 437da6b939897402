import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { optional } from '../input/arguments.ts'

export default class Messages extends BaseCommand {
  static override summary = 'Read messages: what is new, and the history'
  static override description =
    'Fetches what is new, then shows the history that this device keeps, oldest first. Piped: time, direction, from, to, state, text. Times: 2h, 3d, today, yesterday, 2026-11-23, or ISO 8601.'
  static override examples = [
    '$ secure-chat messages bob',
    '$ secure-chat messages --unread',
    '$ secure-chat messages --with bob --since yesterday --search invoice',
    '$ secure-chat messages --since 2h --json',
  ]
  static override args = { name: optional('Only with this user') }
  static override flags = {
    with: Flags.string({ description: 'Only with this user', helpValue: 'NAME' }),
    since: Flags.string({ description: 'From this time on', helpValue: 'TIME' }),
    until: Flags.string({ description: 'Before this time', helpValue: 'TIME' }),
    limit: Flags.integer({ description: 'The newest so many', default: 100, min: 1, max: 100_000 }),
    search: Flags.string({ description: 'Only with this text in it', helpValue: 'TEXT' }),
    unread: Flags.boolean({ description: 'Only what is unread, and mark it read' }),
    offline: Flags.boolean({ description: 'Ask the server nothing' }),
    pager: Flags.boolean({
      description: 'Long history through $PAGER',
      default: true,
      allowNo: true,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Messages)
    const context = await this.context(flags)
    const { output } = context
    const { historyQuery } = await import('../input/history-query.ts')
    const { withAccount } = await import('../with-account.ts')
    const { markShownRead, readHistory } = await import('../services/messages.ts')
    const { messageDocument } = await import('../services/message-document.ts')
    const { showMessages } = await import('../views/messages.ts')
    const { withScreen } = await import('../extensions.ts')
    const extensionsFor = await this.extensions(flags)
    const query = historyQuery({ ...flags, name: args.name }, context.now())
    const { notUpToDate, showOutcome } = await import('../views/outcome.ts')
    const code = await withAccount(context, async (account) => {
      const extensions = extensionsFor({ account, ...withScreen(output) })
      const { messages, syncFailure } = await output.waiting('Fetching new messages', () =>
        readHistory(query, flags.offline, { account, extensions }),
      )
      const { render } = extensions
      const view = () => showMessages(messages, { context, isPaged: flags.pager, render })
      const document = {
        messages: output.isJson ? messages.map((message) => messageDocument(message, render)) : [],
      }
      const outcome = { document, failure: syncFailure }
      const ended = await showOutcome(outcome, output, view, notUpToDate(output))
      if (flags.unread) markShownRead(messages, account)
      return ended
    })
    this.endWith(code)
  }
}
