import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { optional, required } from '../input/arguments.ts'

export default class Send extends BaseCommand {
  static override summary = 'Send a message, end-to-end encrypted'
  static override description =
    'The text is the argument, or comes from stdin (`-`, or no text at all) or a file. Without a connection the message waits in the outbox, which the next command that reaches the server sends; the exit code is then 3, or 0 with --queue. Of several recipients some may fail: exit code 8.'
  static override examples = [
    '$ secure-chat send bob "See you at 8"',
    '$ echo "backup done" | secure-chat send bob,carol',
    '$ secure-chat send bob --file notes.txt --json',
    '$ secure-chat send bob "Are you there?" --wait delivered --timeout 60',
  ]
  static override args = {
    to: required('Recipient, or several separated by commas'),
    text: optional('The message; - reads it from stdin'),
  }
  static override flags = {
    file: Flags.string({ description: 'Send the text of this file', helpValue: 'FILE' }),
    reply: Flags.string({ description: 'Id of the message this answers', helpValue: 'ID' }),
    queue: Flags.boolean({ description: 'Kept for later is good enough (exit code 0)' }),
    wait: Flags.option({ options: ['delivered'] as const })({
      description: 'Wait until it has come to the recipient',
    }),
    timeout: Flags.integer({
      description: 'Seconds to wait with --wait (30)',
      min: 1,
      max: 86_400,
      dependsOn: ['wait'],
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Send)
    const context = await this.context(flags)
    const { userNameList } = await import('../input/user-name.ts')
    const { readMessageText } = await import('../input/message-text.ts')
    const { withAccount } = await import('../with-account.ts')
    const { sendAndWait } = await import('../services/send.ts')
    const { withoutScreen } = await import('../extensions.ts')
    const { messageId } = await import('../input/message-id.ts')
    const recipients = userNameList(args.to)
    const re = flags.reply === undefined ? undefined : messageId(flags.reply)
    const text = await readMessageText({ argument: args.text, file: flags.file }, context)
    const extensionsFor = await this.extensions(flags)
    const waitMs = flags.wait && (flags.timeout ?? 30) * 1000
    const draft = { text, ...(re !== undefined && { re }) }
    const isQueueEnough = flags.queue
    const result = await withAccount(context, (account) => {
      const extensions = extensionsFor({ account, ...withoutScreen(context.output) })
      return context.output.waiting('Sending', () =>
        sendAndWait(recipients, draft, { account, extensions, waitMs, isQueueEnough }),
      )
    })
    const { showSent } = await import('../views/sent.ts')
    this.endWith(await showSent(result, context.output))
  }
}
