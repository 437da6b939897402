import type { Account, StoredMessage } from '@secure-chat/client'
import type { PresenceState } from '@secure-chat/protocol'
import type { SlashCommand } from './slash/commands.ts'

/** The places where plugins come in. */
export type ChatExtensions = {
  /** @throws ChatError plugin_error: nothing is to be sent then */
  readonly outgoing: (text: string, peer: string) => Promise<string>
  /** Undefined hides the message. Where a plugin failed, a notice stands in its place. */
  readonly incoming: (message: StoredMessage) => Promise<StoredMessage | undefined>
  /** Safe for a terminal; undefined leaves it to the program. */
  readonly render: (message: StoredMessage) => string | undefined
  /** For one open chat. */
  readonly chatWith: (peer: string) => ChatParts
}

export type ChatParts = {
  readonly slashCommands: readonly SlashCommand[]
  readonly events: PluginEvents
}

/** What plugins are told of an open chat. */
export type PluginEvents = {
  opened(): void
  closed(): void
  presence(change: { name: string; state: PresenceState }): void
  keyChanged(change: { name: string; proved: boolean }): void
}

/** Plugins become extensions where there is an account to work on and a place to say something. */
export type ExtensionsFor = (o: {
  readonly account: Pick<Account, 'me' | 'send' | 'messages' | 'trust'>
  /** Safe for a terminal already; may hold line breaks. */
  readonly notice: (text: string, tone?: 'info' | 'warning') => void
  readonly colour: boolean
  readonly columns: number
}) => ChatExtensions

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
  readonly extensions: ExtensionsFor
  /** Lines of history shown at the start. */
  readonly history?: number
  /** An error in the reader's words: what happened, why, what to type. */
  readonly explain: (error: unknown) => string
}
