import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import type { CommandContext } from '../context.ts'

export default class Logout extends BaseCommand {
  static override summary = 'End the session and lock the vault'
  static override description =
    'Ends the session on the server at once and locks the vault; history and keys stay on this device for the next login. Without a connection the vault is locked all the same, and the session lives on until it expires or is revoked.'
  static override examples = [
    '$ secure-chat logout',
    '$ secure-chat logout --all',
    '$ secure-chat logout --wipe --confirm alice',
  ]
  static override flags = {
    all: Flags.boolean({ description: 'End every session of the account, on all devices' }),
    wipe: Flags.boolean({
      description: 'Remove keys and history of this profile from this device',
    }),
    confirm: Flags.string({
      description: 'Your user name, for --wipe in a script',
      helpValue: 'NAME',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Logout)
    const context = await this.context(flags)
    const { output, prompts, profile } = context
    const { logout, nameOf, wipeCost } = await import('../services/logout.ts')
    const { passphraseToEnd } = await import('../with-account.ts')
    if (flags.wipe) {
      const { confirm } = await import('../input/confirm.ts')
      const name = await nameOf(profile)
      await confirm({ name, given: flags.confirm, cost: wipeCost }, prompts, output.notice)
    }
    const { all, wipe } = flags
    const passphrase = await passphraseToEnd(context)
    const { problem, ...ended } = await output.waiting('Signing out', () =>
      logout(profile, { all, wipe, passphrase }),
    )
    await output.document(ended, () => output.line(ended.ended ? 'Signed out.' : 'Locked.'))
    if (problem) await this.warnSessionLives(problem, context)
  }

  private async warnSessionLives(problem: unknown, { output }: CommandContext): Promise<void> {
    const { explainThrown } = await import('../errors/render.ts')
    output.notice(
      `The session lives on at the server until it expires or is revoked elsewhere (secure-chat sessions revoke ID): ${explainThrown(problem)}`,
    )
    this.endWith(3)
  }
}
