import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'

export default class Listen extends BaseCommand {
  static override summary = 'Print what happens, as it happens, one JSON object a line'
  static override description =
    'Objects have a `type`: `message` (as in `secure-chat messages --json`), `presence`, `delivery`, `trust`, `system`, `state` (`online` or `offline`). A lost connection is taken up again by itself and nothing is missed. --exec runs a command of the shell for each incoming message, one after the other, with the object on its stdin; then nothing else is printed.'
  static override examples = [
    '$ secure-chat listen',
    '$ secure-chat listen --from bob',
    `$ secure-chat listen --exec 'jq -r .text >> incoming.txt'`,
  ]
  static override flags = {
    from: Flags.string({ description: 'Only what this user sends and does', helpValue: 'NAME' }),
    exec: Flags.string({ description: 'Run this for each incoming message', helpValue: 'COMMAND' }),
    count: Flags.integer({ description: 'End after so many incoming messages', min: 1 }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Listen)
    const context = await this.context(flags)
    const { userNameArgument } = await import('../input/user-name.ts')
    const { withAccount } = await import('../with-account.ts')
    const { follow } = await import('../services/listen.ts')
    const { withoutScreen } = await import('../extensions.ts')
    const extensionsFor = await this.extensions(flags)
    const from = flags.from === undefined ? undefined : userNameArgument(flags.from)
    const { exec, count } = flags
    const { output } = context
    await withAccount(context, (account) => {
      const extensions = extensionsFor({ account, ...withoutScreen(output) })
      return follow({ account, extensions, from, exec, count, output })
    })
  }
}
