import type { ChatMessage, PresenceState } from '../../cli/chat-message.ts'
import type { CliPlugin } from '../../cli/cli-plugin.ts'

/** What the kit needs of `@secure-chat/cli/testing`: so no type of the SDK names the program. */
export interface CliTesting {
  startTestChat(options: {
    readonly server: string
    readonly me: string
    readonly peer: string
    readonly plugins: readonly CliPlugin[]
  }): Promise<StartedChat>
}

/** One line as the chat shows it: transformed, rendered, safe for a terminal. */
export interface ShownLine {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly from: string
  readonly text: string
}

/** A chat of `alice` with plugins at work. */
export interface StartedChat {
  /** Enters a line, text or `/command`; resolves when what came of it is shown. */
  enter(line: string): Promise<void>
  /** Candidates of a slash command (without the slash) for the word being typed. */
  complete(command: string, typed: string): readonly string[]
  /** What stands in the chat so far. */
  readonly lines: readonly ShownLine[]
  /** What the chat and plugins remarked. */
  readonly notices: readonly string[]
  /** Text that could not be sent and came back into the input line. */
  readonly drafts: readonly string[]
  /** Resolves as soon as it holds; looked at whenever something is shown. */
  until(holds: () => boolean): Promise<void>
  /** The other side, `bob`, who has no plugins. */
  readonly peer: ScriptedPeer
  close(): Promise<void>
}

/** Does what a test says. */
export interface ScriptedPeer {
  send(text: string): Promise<{ id: string }>
  sendKind(kind: `x-${string}`, body: unknown): Promise<{ id: string }>
  setPresence(state: PresenceState): Promise<void>
  /**
   * Another key from now on. The chat hears of it, and `on.keyChanged` is called, with the peer's next message at the
   * latest.
   *
   * @param options.proved false: the peer lost the old key, so nothing vouches for the new one, and sending is held
   *   until `/trust` or `/verify`
   */
  changeKey(options?: { proved?: boolean }): Promise<void>
  /** What came to the peer, decrypted, oldest first. */
  received(): Promise<ChatMessage[]>
}
