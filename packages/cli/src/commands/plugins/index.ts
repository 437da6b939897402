import { BaseCommand } from '../../base-command.ts'

export default class Plugins extends BaseCommand {
  static override summary = 'List installed plugins'
  static override description =
    'In the order in which they were installed, which is that of their chains. Piped: name, version, type (`user`, or `link` for one used from its folder), location, problem.'
  static override examples = ['$ secure-chat plugins', '$ secure-chat plugins --json']
  static override aliases = ['plugins:list']

  async run(): Promise<void> {
    const { flags } = await this.parse(Plugins)
    const { output } = await this.context(flags)
    const { listPlugins } = await import('../../services/plugin-list.ts')
    const { pluginColumns } = await import('../../views/plugins.ts')
    const plugins = listPlugins(this.config)
    await output.document({ plugins }, () =>
      output.table(pluginColumns, plugins, 'No plugins are installed.'),
    )
  }
}
