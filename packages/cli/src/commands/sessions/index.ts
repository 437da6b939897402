import { BaseCommand } from '../../base-command.ts'

export default class Sessions extends BaseCommand {
  static override summary = 'List where your account is signed in'
  static override description = 'Piped: id, current, created, last used, expires, program.'
  static override examples = ['$ secure-chat sessions', '$ secure-chat sessions --json']
  static override aliases = ['sessions:list']

  async run(): Promise<void> {
    const { flags } = await this.parse(Sessions)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { listSessions } = await import('../../services/sessions.ts')
    const { sessionColumns } = await import('../../views/sessions.ts')
    const sessions = await withAccount(context, listSessions)
    await context.output.document({ sessions }, () =>
      context.output.table(sessionColumns(context.now()), sessions, 'No sessions.'),
    )
  }
}
