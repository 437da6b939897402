import { BaseCommand } from '../../base-command.ts'

export default class Keys extends BaseCommand {
  static override summary = 'List the keys of your contacts and how far they are trusted'
  static override description =
    'Piped: name, trust, fingerprint. The first key seen of a contact is `pinned`; `verified` once you compared safety numbers; `changed` when another one turned up: sending stops until you verify or trust it.'
  static override examples = ['$ secure-chat keys', '$ secure-chat keys --json']
  static override aliases = ['keys:list']

  async run(): Promise<void> {
    const { flags } = await this.parse(Keys)
    const context = await this.context(flags)
    const { withAccount } = await import('../../with-account.ts')
    const { listKeys } = await import('../../services/keys.ts')
    const { keyColumns } = await import('../../views/keys.ts')
    const keys = await withAccount(context, listKeys)
    await context.output.document({ keys }, () =>
      context.output.table(keyColumns, keys, 'No keys yet: they come with the first message.'),
    )
  }
}
