import * as Flags from '@oclif/core/flags'
import { ChatError } from '@secure-chat/protocol/errors'
import { BaseCommand } from '../base-command.ts'

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
    const { isSignedOut, logout, nameOf, wipeCost } = await import('../services/logout.ts')
    const { passphraseToEnd } = await import('../with-account.ts')
    if (flags.wipe) {
      const { confirm } = await import('../input/confirm.ts')
      const name = await nameOf(profile)
      await confirm({ name, given: flags.confirm, cost: wipeCost }, prompts, output.notice)
    }
    const { all, wipe } = flags
    const isOut = await isSignedOut(profile)
    const passphrase = await passphraseToEnd(context)
    const { problem, ...document } = await output.waiting('Signing out', () =>
      logout(profile, { all, wipe, passphrase }),
    )
    const { explainError } = await import('../errors/render.ts')
    const { showOutcome } = await import('../views/outcome.ts')
    const done = isOut ? 'You were signed out already.' : 'Signed out.'
    const view = () => output.line(document.ended ? done : 'Locked.')
    const failure = problem && sessionLives(problem)
    this.endWith(await showOutcome({ document, failure }, output, view, explainError))
  }
}

function sessionLives(cause: ChatError): ChatError {
  const text = `The session lives on at the server until it expires or is revoked elsewhere (secure-chat sessions revoke ID): ${cause.message}`
  return new ChatError(cause.code, text, { cause, suggestions: cause.suggestions })
}
