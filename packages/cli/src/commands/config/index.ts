import { BaseCommand } from '../../base-command.ts'

export default class ConfigIndex extends BaseCommand {
  static override summary = 'Show the settings in force, and where each comes from'
  static override description =
    'Piped: name, value, source: `flag`, `variable`, `profile` (what the account is bound to), `setting`, `default`. Change one with `secure-chat config set`.'
  static override examples = ['$ secure-chat config', '$ secure-chat config --json']
  static override aliases = ['config:list']

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigIndex)
    const context = await this.context(flags)
    const { configOptions } = await import('../../with-account.ts')
    const { listSettings } = await import('../../services/config.ts')
    const { settingColumns } = await import('../../views/settings.ts')
    const settings = await listSettings(configOptions(context))
    const document = {
      settings: Object.fromEntries(settings.map(([name, value]) => [name, value])),
      sources: Object.fromEntries(settings.map(([name, , source]) => [name, source])),
    }
    await context.output.document(document, () =>
      context.output.table(settingColumns, settings, ''),
    )
  }
}
