import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class PluginsUninstall extends BaseCommand {
  static override summary = 'Remove a plugin'
  static override description = 'Of a linked one only the link: its folder is left alone.'
  static override examples = ['$ secure-chat plugins uninstall secure-chat-plugin-emoji']
  static override aliases = ['plugins:unlink', 'plugins:remove']
  static override args = { name: required('Name, from `secure-chat plugins`') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsUninstall)
    const context = await this.context(flags)
    const { removePlugin } = await import('../../services/plugins.ts')
    const { name } = removePlugin(args.name, this)
    await context.output.document({ name, removed: true }, () =>
      context.output.line(`${name} is removed.`),
    )
  }
}
