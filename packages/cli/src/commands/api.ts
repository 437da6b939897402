import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { required } from '../input/arguments.ts'

export default class Api extends BaseCommand {
  static override summary = 'Make a signed call of the HTTP API and print its answer'
  static override description =
    'Fields are members of the JSON body, or of the query of GET and DELETE. The exit code is that of the error in the answer.'
  static override examples = [
    '$ secure-chat api GET /chat/users -f online=true',
    '$ secure-chat api POST /chat/presence/alice -f status=away -f text=lunch',
    '$ secure-chat api POST /chat/presence/alice --input presence.json',
  ]
  static override args = {
    method: required('GET, POST, PUT, DELETE'),
    path: required('Path, as in /chat/users'),
  }
  static override flags = {
    field: Flags.string({
      char: 'f',
      description: 'A field of the call',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    input: Flags.string({
      description: 'Body from a file; - is stdin',
      helpValue: 'FILE',
      exclusive: ['field'],
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Api)
    const context = await this.context(flags)
    const { withAccount } = await import('../with-account.ts')
    const { callApi } = await import('../services/api.ts')
    const { readBody } = await import('../input/body.ts')
    const body = flags.input === undefined ? undefined : await readBody(flags.input, context.stdin)
    const { method, path } = args
    const result = await withAccount(context, (account) =>
      callApi({ method, path, fields: flags.field ?? [], body }, account),
    )
    const { showAnswer } = await import('../views/answer.ts')
    this.endWith(await showAnswer(result, context.output))
  }
}
