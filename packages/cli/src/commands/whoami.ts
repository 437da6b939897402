import { BaseCommand } from '../base-command.ts'

export default class Whoami extends BaseCommand {
  static override summary = 'Show who is signed in on this profile'
  static override description = 'Works without a connection.'
  static override examples = ['$ secure-chat whoami', '$ secure-chat whoami --profile work --json']

  async run(): Promise<void> {
    const { flags } = await this.parse(Whoami)
    const context = await this.context(flags)
    const { whoami } = await import('../services/whoami.ts')
    const me = await whoami(context.profile)
    await context.output.document(me, async () => {
      const { showWhoami } = await import('../views/account.ts')
      showWhoami(me, context)
    })
  }
}
