import type { Account, StoredMessage } from '@secure-chat/client'
import type { SlashCommand } from './slash/commands.ts'

/** The places where plugins come in. */
export type ChatExtensions = {
  readonly outgoing: (text: string) => Promise<string>
  /** Undefined hides the message. */
  readonly incoming: (message: StoredMessage) => Promise<StoredMessage | undefined>
  readonly render: (message: StoredMessage) => string | undefined
  readonly slashCommands: readonly SlashCommand[]
}

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
