import { BaseCommand } from '../base-command.ts'

export default class Doctor extends BaseCommand {
  static override summary = 'Check what secure-chat needs, and say what to do about the rest'
  static override description =
    'Versions, folders and their rights, server, clock, key and session. Exit code 0 when all is well, else 1.'
  static override examples = ['$ secure-chat doctor', '$ secure-chat doctor --json']

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor)
    const context = await this.context(flags)
    const { output } = context
    const { withAccount } = await import('../with-account.ts')
    const { examine } = await import('../services/doctor.ts')
    const { showChecks } = await import('../views/checks.ts')
    const checks = await output.waiting('Looking', () =>
      examine({
        profile: context.profile,
        place: context.place,
        settings: context.settings,
        version: this.config.version,
        now: context.now,
        openAccount: (work) => withAccount(context, work),
      }),
    )
    const { failureOf } = await import('../services/doctor.ts')
    const { showOutcome } = await import('../views/outcome.ts')
    const outcome = { document: { checks }, failure: failureOf(checks) }
    const view = () => showChecks(checks, output)
    this.endWith(await showOutcome(outcome, output, view, ({ message }) => message))
  }
}
