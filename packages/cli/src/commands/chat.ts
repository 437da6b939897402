import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { required } from '../input/arguments.ts'

export default class Chat extends BaseCommand {
  static override summary = 'Talk with somebody, live'
  static override description =
    'Enter sends, Ctrl-C clears the line and leaves when it is empty, /help lists the commands. With stdin from a pipe each line of it is sent, what comes is printed, and the chat ends with the last line.'
  static override examples = [
    '$ secure-chat chat bob',
    '$ secure-chat chat bob --plain',
    '$ printf "one\\ntwo\\n" | secure-chat chat bob',
  ]
  static override args = { name: required('User name') }
  static override flags = {
    history: Flags.integer({
      description: 'Lines of history to start with',
      default: 20,
      min: 0,
      max: 1000,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Chat)
    const context = await this.context(flags)
    const { userNameArgument } = await import('../input/user-name.ts')
    const { withAccount } = await import('../with-account.ts')
    const { chat } = await import('../services/chat.ts')
    const peer = userNameArgument(args.name)
    const extensions = await this.extensions(flags)
    this.endWith(
      await withAccount(context, (account) =>
        chat({ account, peer, history: flags.history, context, extensions }),
      ),
    )
  }
}
