import { BaseCommand } from '../../base-command.ts'

export default class ConfigIndex extends BaseCommand {
  static override summary = 'Show the settings of this profile'
  static override description = 'Piped: name, value. Change one with `secure-chat config set`.'
  static override examples = ['$ secure-chat config', '$ secure-chat config --json']
  static override aliases = ['config:list']

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigIndex)
    const context = await this.context(flags)
    const { configOptions } = await import('../../with-account.ts')
    const { listSettings } = await import('../../services/config.ts')
    const { settingColumns } = await import('../../views/settings.ts')
    const settings = await listSettings(configOptions(context))
    await context.output.document({ settings: Object.fromEntries(settings) }, () =>
      context.output.table(settingColumns, settings, ''),
    )
  }
}
