import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../base-command.ts'

export default class KeysExport extends BaseCommand {
  static override summary = 'Write your private key to a file, encrypted, for another device'
  static override description =
    'Whoever has the file and its passphrase can read your messages and speak as you. The file is made readable for you alone and never overwrites another.'
  static override examples = [
    '$ secure-chat keys export --out alice.p12',
    '$ secure-chat keys export --out alice.pem --format pkcs8 --passphrase-file key.passphrase',
  ]
  static override flags = {
    out: Flags.string({ description: 'The file to write', helpValue: 'FILE', required: true }),
    format: Flags.option({ options: ['pkcs12', 'pkcs8'] as const, default: 'pkcs12' })({
      description: 'Form of the file',
    }),
    'passphrase-file': Flags.string({
      description: 'Passphrase for the key file',
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(KeysExport)
    const context = await this.context(flags)
    const { withProfile } = await import('../../with-account.ts')
    const { exportKey } = await import('../../services/keys.ts')
    const { newKeyPassphrase } = await import('../../input/key-file.ts')
    const passphrase = await newKeyPassphrase(flags['passphrase-file'], context)
    const { out: file, format } = flags
    const exported = await withProfile(context, (profile) =>
      exportKey({ file, format, passphrase }, profile),
    )
    await context.output.document(exported, () =>
      context.output.line(`Your key is in ${file}. Keep the passphrase elsewhere.`),
    )
  }
}
