import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'

export default class PluginsInstall extends BaseCommand {
  static override summary = 'Install a plugin: by its name, from a file or a folder'
  static override description =
    'A plugin runs with your rights: it can read and do what you can. Its install scripts do not run. Names come from the registry that npm is set to, or from `SECURE_CHAT_NPM_REGISTRY`. An install that fails leaves nothing behind. With --integrity only the very package with this hash is taken, and no update replaces it.'
  static override examples = [
    '$ secure-chat plugins install secure-chat-plugin-emoji',
    '$ secure-chat plugins install secure-chat-plugin-emoji@1.2.0 --integrity sha512-…',
    '$ secure-chat plugins install ./secure-chat-plugin-emoji-1.2.0.tgz',
    '$ secure-chat plugins install ./my-plugin',
  ]
  static override aliases = ['plugins:add']
  static override args = { source: required('Name, name@version, file, folder or address') }
  static override flags = {
    integrity: Flags.string({
      description: 'Take only the package with this hash',
      helpValue: 'HASH',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsInstall)
    const context = await this.context(flags)
    const { addPlugin } = await import('../../services/plugins.ts')
    const { pluginWork } = await import('../../plugins/install/work.ts')
    const { withoutPassword } = await import('../../plugins/without-password.ts')
    const { output } = context
    const added = await output.waiting(`Installing ${withoutPassword(args.source)}`, () =>
      addPlugin(args.source, flags.integrity, pluginWork(this.config, context)),
    )
    const { installedWarning, showInstalled } = await import('../../views/plugins.ts')
    output.notice(installedWarning(added))
    await output.document(added, () => showInstalled(added, output))
  }
}
