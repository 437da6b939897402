import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class SessionsRevoke extends BaseCommand {
  static override summary = 'End a session of yours, on whatever device it is'
  static override examples = ['$ secure-chat sessions revoke 0f1e2d3c4b5a6978']
  static override args = { id: required('Session id, from `secure-chat sessions`') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SessionsRevoke)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { revokeSession } = await import('../../services/sessions.ts')
    await withAccount(context, (account) => revokeSession(args.id, account))
    await context.output.document({ session_id: args.id, revoked: true }, () =>
      context.output.line('The session is ended.'),
    )
  }
}
