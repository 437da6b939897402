import { BaseCommand } from '../../base-command.ts'
import { optional } from '../../input/arguments.ts'

export default class PluginsUpdate extends BaseCommand {
  static override summary = 'Fetch the newest version of plugins'
  static override description =
    'Of all, or of one. Each from where it was installed from, in the range that was named then. Pinned and linked ones stay as they are, and so does one whose update fails (exit code 8, or that of the failure if it was the only one). Piped: name, state, old and new version.'
  static override examples = [
    '$ secure-chat plugins update',
    '$ secure-chat plugins update secure-chat-plugin-emoji --json',
  ]
  static override args = { name: optional('Only this one') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsUpdate)
    const context = await this.context(flags)
    const { updateFailure, updatePlugins } = await import('../../services/plugins.ts')
    const { pluginWork } = await import('../../plugins/install/work.ts')
    const { output } = context
    const names = args.name === undefined ? [] : [args.name]
    const updated = await output.waiting('Updating plugins', () =>
      updatePlugins(names, pluginWork(this.config, context)),
    )
    const { showOutcome } = await import('../../views/outcome.ts')
    const { updateColumns, updateDocument } = await import('../../views/plugins.ts')
    const outcome = { document: updateDocument(updated), failure: updateFailure(updated) }
    this.endWith(
      await showOutcome(outcome, output, () =>
        output.table(updateColumns, updated, 'No plugins are installed.'),
      ),
    )
  }
}
