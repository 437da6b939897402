import { BaseCommand } from '../../base-command.ts'
import { oneOf, optional } from '../../input/arguments.ts'

export default class PresenceSet extends BaseCommand {
  static override summary = 'Set what others see of you'
  static override description =
    'It holds while you give signs of life and 90 seconds after the last one; then you are shown as offline.'
  static override examples = [
    '$ secure-chat presence set busy "In a meeting until 3"',
    '$ secure-chat presence set online',
  ]
  static override args = {
    state: oneOf(['online', 'away', 'busy', 'offline'], 'Your state'),
    text: optional('What to add, at most 140 characters'),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PresenceSet)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { setPresence } = await import('../../services/presence.ts')
    const { state, text } = args
    await withAccount(context, (account) => setPresence({ state, text }, account))
    await context.output.document({ state, text: text ?? null }, () =>
      context.output.line(`You are ${state}.`),
    )
  }
}
