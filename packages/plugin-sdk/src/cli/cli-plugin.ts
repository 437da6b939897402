import type { Band } from '../band.ts'
import type { Chat } from './chat.ts'
import type { ChatMessage, PresenceState } from './chat-message.ts'
import type { Theme } from './theme.ts'

/**
 * What a plugin adds to `secure-chat chat`, `send`, `messages` and `listen`. Every part may be left out. Handlers run
 * on the user's device, between typing and encryption or between decryption and the screen; they get text and a small
 * handle, never keys.
 */
export interface CliPlugin {
  /** What users see in front of its notices and errors: lower-case letters, digits and dashes. */
  name: string
  /** Of this contract. */
  apiVersion: 1
  /**
   * Changes what the user sends, before it is encrypted. Chains run band after band, within one in the order of
   * installing, each with the last result. One that throws or takes longer than 5 s: nothing is sent and the text stays
   * with the user.
   */
  transformOutgoing?: {
    /** `normal` unless said otherwise. */
    band?: Band
    handler(text: string, chat: Chat): string | Promise<string>
  }
  /**
   * Changes (`text`, `body`), annotates (`meta`) or hides (undefined) what came in, after it was decrypted; the history keeps
   * what was sent. It may not change who wrote what when. One that throws, takes longer than 5 s or answers something
   * else: a notice that names the plugin stands in place of the message.
   */
  transformIncoming?: {
    /** `normal` unless said otherwise. */
    band?: Band
    handler(
      message: ChatMessage,
      chat: Chat,
    ): ChatMessage | undefined | Promise<ChatMessage | undefined>
  }
  /**
   * The first that answers a text is shown; undefined leaves it to the next. The strings of the message are made safe
   * for a terminal before, and of the answer only what `theme` gave passes as it is. One that throws is left out, with
   * a notice.
   */
  renderers?: ReadonlyArray<(message: ChatMessage, theme: Theme) => string | undefined>
  /** For `/name` in the chat. Two plugins with one name, or a name of the chat's own: an error that names both. */
  slashCommands?: readonly SlashCommand[]
  /** Kinds of messages of its own, inside the encrypted body. */
  kinds?: Record<`x-${string}`, MessageKind>
  /** Told what happens; cannot change it. One that throws: a notice. */
  on?: {
    /** The chat is on the screen, its history shown. */
    opened?(chat: Chat): void
    /** The chat was left. */
    closed?(chat: Chat): void
    /** Of the peer. */
    presence?(change: { name: string; state: PresenceState }, chat: Chat): void
    /** `proved`: the old key vouches for the new one. */
    keyChanged?(change: { name: string; proved: boolean }, chat: Chat): void
  }
}

/** A command of the chat. */
export interface SlashCommand {
  /** Without the slash: letters, digits, `-` and `_`, lower case. */
  name: string
  /** One short line for `/help`. */
  describe: string
  /** Candidates for the word being typed. */
  complete?(typed: string, chat: Chat): readonly string[]
  /** `args` are the words behind the name; quotes keep words together. What it throws is shown with the plugin's name. */
  run(args: readonly string[], chat: Chat): void | Promise<void>
}

/** How messages of one kind are understood and shown. */
export interface MessageKind {
  /** Checks what came from the other side, which may be anything; throws when it is not of this kind. */
  parse(body: unknown): unknown
  /** One line for people, of what `parse` gave. */
  text(body: unknown): string
}
