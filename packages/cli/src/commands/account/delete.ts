import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../base-command.ts'
import { passwordFlags } from '../../input/flags.ts'

export default class AccountDelete extends BaseCommand {
  static override summary = 'Remove the account from the server, for good'
  static override description =
    'The account, its sessions and the messages waiting for it are removed; the name is never given out again; contacts are told. Keys and history are removed from this device too; `secure-chat account export` keeps what is readable.'
  static override examples = [
    '$ secure-chat account delete',
    '$ secure-chat account delete --confirm alice --password-stdin < password',
  ]
  static override flags = {
    ...passwordFlags,
    confirm: Flags.string({ description: 'Your user name, for a script', helpValue: 'NAME' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(AccountDelete)
    const context = await this.context(flags)
    const { output, prompts } = context
    const { withProfile } = await import('../../with-account.ts')
    const { deleteAccount, removalCost } = await import('../../services/account-delete.ts')
    const { confirm } = await import('../../input/confirm.ts')
    const { readPassword } = await import('../../input/password.ts')
    const removed = await withProfile(context, async (profile) => {
      const { name } = profile.me()
      await confirm({ name, given: flags.confirm, cost: removalCost }, prompts, output.notice)
      const password = await readPassword(flags, context)
      return output.waiting('Removing the account', () => deleteAccount(password, profile))
    })
    await output.document(removed, () => output.line(`The account ${removed.name} is removed.`))
  }
}
