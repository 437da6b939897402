import type { Account } from '@secure-chat/client'
import { ChatError, isChatError } from '@secure-chat/protocol/errors'
import type { UserName } from '@secure-chat/protocol/user-name'
import type { ExtensionsFor } from '../chat/index.ts'
import type { CommandContext } from '../context.ts'
import { explainThrown } from '../errors/render.ts'

export type ChatOptions = {
  readonly account: Account
  readonly peer: UserName
  readonly history: number
  readonly context: CommandContext
  readonly extensions: ExtensionsFor
}

/** The live view; its exit code. Throws `usage` for the own name, `no_such_user`, `token_invalid`. */
export async function chat(options: ChatOptions): Promise<number> {
  const { account, peer, history, context, extensions } = options
  if (peer === account.me.name) {
    throw new ChatError('usage', 'A chat is with somebody else: this is your own name.', {
      suggestions: ['secure-chat users --online'],
    })
  }
  await requireUser(account, peer)
  const { runChat } = await import('../chat/index.ts')
  const { output, environment, settings } = context
  return runChat({
    account,
    peer,
    history,
    stdin: context.stdin,
    stdout: context.stdout,
    stderr: context.stderr,
    plain: output.isPlain,
    colour: output.style.isColour,
    editorCommand: environment.editor,
    notify: notifyOf(settings.all().notify),
    extensions,
    explain: (error) => output.hint(explainThrown(error)),
  })
}

/** Before the screen changes: a name that nobody has is an error, not a chat. Offline it shows when the lines go. */
async function requireUser(account: Pick<Account, 'trust'>, peer: UserName): Promise<void> {
  try {
    await account.trust.show(peer)
  } catch (error) {
    if (!isChatError(error) || error.exit !== 3) throw error
  }
}

function notifyOf(value: string): 'off' | 'bell' | 'osc9' {
  return value === 'bell' || value === 'osc9' ? value : 'off'
}
