import { ReadStream, WriteStream } from 'node:tty'
import type { RunChatOptions } from './chat-options.ts'
import { runInteractiveChat } from './interactive-chat.ts'
import { runLinearChat } from './linear-chat.ts'

/** Runs until the user leaves; the exit code. Throws what ended the chat from outside (a revoked session). */
export function runChat(options: RunChatOptions): Promise<number> {
  const { stdin, stdout } = options
  const isTerminal = stdin instanceof ReadStream && stdout instanceof WriteStream
  return isTerminal && !options.plain
    ? runInteractiveChat(options, stdin, stdout)
    : runLinearChat(options)
}
