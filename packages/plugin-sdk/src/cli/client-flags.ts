import type { Interfaces } from '@oclif/core'

const helpGroup = 'GLOBAL'

/** As oclif's `Flags.boolean` makes it, of which the SDK has the types alone. */
function onOff(name: string, description: string): Interfaces.BooleanFlag<boolean> {
  const parse = async (given: boolean) => given
  return { name, type: 'boolean', allowNo: false, parse, description, helpGroup }
}

/** As oclif's `Flags.string` makes it. */
function word(
  name: string,
  description: string,
  helpValue: string,
): Interfaces.OptionFlag<string | undefined> {
  const parse = async (given: string) => given
  const help = { description, helpValue, helpGroup }
  return { name, type: 'option', multiple: false, input: [], parse, ...help }
}

/**
 * The program's own flags for a command that calls `openClient`, which heeds them: `--profile`, `--no-input` and
 * `--insecure`. With `--json` an error is a document; what the command prints then is its own affair.
 *
 * @example
 * import { Command } from '@oclif/core'
 * import { clientFlags, openClient } from '@secure-chat/plugin-sdk/cli'
 *
 * export default class Me extends Command {
 *   static override baseFlags = clientFlags
 *
 *   async run(): Promise<void> {
 *     const { flags } = await this.parse(Me)
 *     const client = await openClient(this.config)
 *     this.log(flags.json ? JSON.stringify({ me: client.me }) : client.me)
 *     await client.close()
 *   }
 * }
 */
export const clientFlags = {
  json: onOff('json', 'Answer as JSON on stdout'),
  profile: word(
    'profile',
    'Which of your accounts (SECURE_CHAT_PROFILE; "default" without)',
    'NAME',
  ),
  'no-input': onOff('no-input', 'Ask nothing; fail and name what is missing'),
  insecure: onOff('insecure', 'Allow plain http:// to another computer'),
}
