import { BaseCommand } from '../../base-command.ts'
import { passwordFlags } from '../../input/flags.ts'

export default class KeysReplace extends BaseCommand {
  static override summary = 'Replace your RSA key by a new one, proved by the old'
  static override description =
    'Other sessions end. Contacts are told; those who had not verified you accept the new key by its proof, those who had are asked to verify again. The old key is kept for reading. If the old key is lost: `secure-chat login NAME --recover`.'
  static override examples = [
    '$ secure-chat keys replace',
    '$ secure-chat keys replace --password-stdin < password',
  ]
  static override flags = passwordFlags

  async run(): Promise<void> {
    const { flags } = await this.parse(KeysReplace)
    const context = await this.context(flags)
    const { output } = context
    const { withProfile } = await import('../../with-account.ts')
    const { replaceKey } = await import('../../services/keys.ts')
    const { readPassword } = await import('../../input/password.ts')
    const password = await readPassword(flags, context)
    const replaced = await withProfile(context, (profile) =>
      output.waiting('Making a key and proving it', () => replaceKey(password, profile)),
    )
    await output.document(replaced, () =>
      output.line(`Your new fingerprint: ${replaced.fingerprint}`),
    )
  }
}
