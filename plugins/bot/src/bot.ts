/** What a bot is: the contract with the authors of FILE. */

/** A text that somebody sent to the bot. */
export interface BotMessage {
  /** Unique for its sender. */
  readonly id: string
  /** User name of the sender. */
  readonly from: string
  /** ISO-8601, as the sender says. */
  readonly at: string
  /** Written by others: it may hold anything. Never make it a part of a command of a shell. */
  readonly text: string
  /** Of a message that begins with a command, what stands behind it; else the whole text. */
  readonly rest: string
  /** The id of the message that it answers, where its sender said so. */
  readonly re?: string
  /** Has the owner of the bot compared safety numbers with the sender (`verified`), or only kept the first key seen? */
  readonly trust: 'new' | 'pinned' | 'verified'
}

/** What to answer; undefined answers nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return is a handler that answers nothing.
export type Answer = string | undefined | void

/** Values that outlive the bot: JSON, under names, in a file only its owner can read. It is not encrypted. */
export interface BotState {
  /** Undefined when there is none. */
  get<T>(key: string): T | undefined
  /** Durable when it returns. Undefined removes. */
  set(key: string, value: unknown): void
  /** Names that begin so, sorted. */
  keys(prefix?: string): string[]
}

/** What a handler may do. */
export interface BotHandle {
  /** The bot's own user name. */
  readonly me: string
  readonly state: BotState
  /**
   * Sends a text of its own accord, end-to-end encrypted. To answer, return the text instead: an answer is sent once,
   * also when the bot is killed at that moment.
   *
   * @throws an error with a `code`: `key_not_trusted`, `no_such_user`, `not_accepted`, `too_large`
   */
  send(to: string, text: string): Promise<{ id: string }>
  /** The newest lines of the conversation with a user, oldest first; 20 unless said otherwise. */
  history(
    peer: string,
    options?: { limit?: number },
  ): Promise<Array<{ from: string; at: string; text: string }>>
  /** A line on stderr. Do not log what people write. */
  log(text: string): void
  /** Aborts when the handler has taken too long and nobody waits for it any more: give it to `fetch` and timers. */
  readonly signal: AbortSignal
}

/** Answers one message. What it throws is logged, and nothing is answered. */
export type MessageHandler = (message: BotMessage, bot: BotHandle) => Answer | Promise<Answer>

/** A command with a line for `/help`. */
export interface BotCommand {
  /** One short line for `/help`. */
  describe: string
  run: MessageHandler
}

/**
 * A program that answers. Messages of one user are answered one after the other, those of several side by side. A
 * handler is called again when the bot was killed while it was at work (up to three times), so what it does besides
 * answering should bear that.
 */
export interface Bot {
  /** Lower-case letters, digits and dashes. Its state is kept under this name; that of the file unless set. */
  name?: string
  /** The first line of the answer to `/help`. */
  describe?: string
  /** Answers these users only; everybody unless set. */
  only?: readonly string[]
  /** For every text that is no command of `commands`. */
  onMessage?: MessageHandler
  /** By their first word, in any case: `{ '/weather': … }`. `/help` lists them unless there is one of that name. */
  commands?: Readonly<Record<`/${string}`, MessageHandler | BotCommand>>
  /**
   * By how often: `30s`, `15m`, `1h`, `1d`. The first time one interval after the first start; what was due while the
   * bot was not running is made up for once.
   */
  every?: Readonly<Record<string, (bot: BotHandle) => void | Promise<void>>>
}
