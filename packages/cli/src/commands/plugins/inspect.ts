import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class PluginsInspect extends BaseCommand {
  static override summary = 'Show what a plugin is, where it came from and what it adds'
  static override description = 'Loads its code to ask it.'
  static override examples = ['$ secure-chat plugins inspect secure-chat-plugin-emoji']
  static override args = { name: required('Name, from `secure-chat plugins`') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsInspect)
    const { output } = await this.context(flags)
    const { inspectPlugin } = await import('../../services/plugin-list.ts')
    const { showPlugin } = await import('../../views/plugins.ts')
    const plugin = await inspectPlugin(args.name, this.config)
    await output.document(plugin, () => showPlugin(plugin, output))
  }
}
