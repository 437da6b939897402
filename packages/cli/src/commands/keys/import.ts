import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../base-command.ts'
import { required } from '../../input/arguments.ts'
import { passphraseFlags, passwordFlags } from '../../input/flags.ts'

/** What the key is good for, by whose it is. */
const nextSteps = {
  unknown: 'Now sign in: secure-chat login NAME',
  present: 'It is the present key of this account: there is nothing else to do.',
  earlier: 'It is an earlier key of this account: what was encrypted for it can be read now.',
} as const

export default class KeysImport extends BaseCommand {
  static override summary = 'Bring the private key of your account to this device'
  static override description =
    'Takes PKCS#8 (encrypted or not), PKCS#1 and PKCS#12, such as `secure-chat keys export` writes. The key goes into the vault, which the password of the account locks; then sign in with `secure-chat login NAME`.'
  static override examples = [
    '$ secure-chat keys import alice.p12',
    '$ secure-chat keys import alice.pem --key-passphrase-file key.passphrase --password-file password',
  ]
  static override args = { file: required('The key file') }
  static override flags = {
    ...passwordFlags,
    ...passphraseFlags,
    'key-passphrase-file': Flags.string({
      description: 'Passphrase of the key file, from a file',
      helpValue: 'FILE',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeysImport)
    const context = await this.context(flags)
    const { importKey } = await import('../../services/keys.ts')
    const { readKeyFile } = await import('../../input/key-file.ts')
    const { readPassphraseFile, readPassword } = await import('../../input/password.ts')
    const key = await readKeyFile(args.file, flags, context)
    const password = await readPassword(flags, context, { question: 'Password of the account:' })
    const passphrase = await readPassphraseFile(flags, context)
    const imported = await importKey({ key, password, passphrase }, context.profile)
    const { standing, fingerprint } = imported
    if (standing === 'earlier') {
      const { withAccount } = await import('../../with-account.ts')
      await withAccount(context, ({ keys }) => keys.importIdentity(key.data, key.passphrase))
    }
    await context.output.document(imported, () => {
      context.output.line(`The key is in the vault: ${fingerprint}`)
      context.output.notice(nextSteps[standing])
    })
  }
}
