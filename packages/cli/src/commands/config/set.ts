import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class ConfigSet extends BaseCommand {
  static override summary = 'Change a setting of this profile'
  static override description = `Settings:
  server           address of the server, such as https://chat.example.org
  receipts         on or off: tell senders what has come and what you read (off)
  notify           off, bell or osc9: how chat calls you (off)
  timestamps       relative or exact: times on a terminal (relative)
  connect-timeout  seconds to wait for a connection (10)
  answer-timeout   seconds to wait for an answer (30)`
  static override examples = [
    '$ secure-chat config set server https://chat.example.org',
    '$ secure-chat config set receipts on',
  ]
  static override args = { name: required('Setting'), value: required('Its new value') }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigSet)
    const context = await this.context(flags)
    const { configOptions } = await import('../../with-account.ts')
    const { setSetting, whenItCounts } = await import('../../services/config.ts')
    const { name, value } = args
    const options = configOptions(context)
    await setSetting({ name, value }, options)
    const remark = await whenItCounts(name, options)
    if (remark !== undefined) context.output.notice(remark)
    await context.output.document({ name, value }, () =>
      context.output.line(`${name} is ${value}.`),
    )
  }
}
