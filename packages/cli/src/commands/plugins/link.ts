import { BaseCommand } from '../../base-command.ts'
import { optional } from '../../input/arguments.ts'

export default class PluginsLink extends BaseCommand {
  static override summary = 'Use a plugin from the folder where you write it'
  static override description =
    'What you change and build there holds at the next command. Its own dependencies are yours to install.'
  static override examples = [
    '$ secure-chat plugins link',
    '$ secure-chat plugins link ../my-plugin',
  ]
  static override args = { folder: optional('Folder of the package (the one you are in)') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsLink)
    const context = await this.context(flags)
    const { linkPlugin } = await import('../../services/plugins.ts')
    const linked = await linkPlugin(args.folder ?? '.', this)
    const { showLinked } = await import('../../views/plugins.ts')
    await context.output.document(linked, () => showLinked(linked, context.output))
  }
}
