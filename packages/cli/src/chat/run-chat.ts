import { ReadStream, WriteStream } from 'node:tty'
import type { Account } from '@secure-chat/client'
import type { ChatExtensions } from './chat-session.ts'
import { runInteractiveChat } from './interactive-chat.ts'
import { runLinearChat } from './linear-chat.ts'

export type RunChatOptions = {
  readonly account: Account
  readonly peer: string
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Lines only, in words: for screen readers and terminals without cursor movement. */
  readonly plain: boolean
  readonly colour: boolean
  /** $VISUAL or $EDITOR. */
  readonly editorCommand?: string | undefined
  readonly notify: 'off' | 'bell' | 'osc9'
  readonly extensions: ChatExtensions
  /** Lines of history shown at the start. */
  readonly history?: number
  /** An error in the reader's words: what happened, why, what to type. */
  readonly explain: (error: unknown) => string
}

/** Runs until the user leaves; the exit code. Throws what ended the chat from outside (a revoked session). */
export function runChat(options: RunChatOptions): Promise<number> {
  const { stdin, stdout } = options
  const isTerminal = stdin instanceof ReadStream && stdout instanceof WriteStream
  return isTerminal && !options.plain
    ? runInteractiveChat(options, stdin, stdout)
    : runLinearChat(options)
}
