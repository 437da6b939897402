/** One message: is it answered at all, by whom, and what became of the answer. */
import { type ChatClient, type ChatMessage, isChatError } from '@secure-chat/plugin-sdk/cli'
import type { BotMessage } from '../bot.ts'
import type { CheckedBot } from '../load/check-bot.ts'
import type { BotFile } from '../state/bot-file.ts'
import { handlerFor } from './commands.ts'
import { type HandleParts, makeHandle } from './handle.ts'
import type { IgnoreReason, Journal } from './journal.ts'
import type { Rate } from './rate.ts'
import { LateError, within } from './within.ts'

export type RespondParts = {
  readonly bot: CheckedBot
  readonly client: Pick<ChatClient, 'me' | 'send' | 'messages' | 'markRead'>
  readonly file: BotFile
  readonly rate: Rate
  readonly timeoutMs: number
  readonly journal: Journal
  readonly log: HandleParts['log']
}

/** `held`: come again with what is given here when the sender's key is trusted. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'held'; readonly message: ChatMessage; readonly answer?: string }

/** A message at which the bot was killed so often is likely to be why. */
const attemptsMax = 3
const done: Outcome = { kind: 'done' }

export function makeRespond(parts: RespondParts) {
  const { bot, client, file, rate, journal } = parts

  /** The order matters: killed in between, the bot finds the message unread, and then that it is done with it. */
  async function finish({ from, id }: ChatMessage, answer?: string): Promise<Outcome> {
    file.setDone(from, id, answer)
    await client.markRead(from, id)
    return done
  }

  async function respond(message: ChatMessage): Promise<Outcome> {
    const { from, id } = message
    if (file.isDone(from, id)) return finish(message)
    const reason = ignoreReason(message)
    if (reason !== undefined) return ignore(message, reason)
    if (message.trust === 'changed') return hold(message)
    return answer(message)
  }

  /** For a message that was held, once its sender is trusted. */
  async function respondNow(held: Outcome & { kind: 'held' }): Promise<Outcome> {
    return held.answer === undefined ? answer(held.message) : deliver(held.message, held.answer)
  }

  function ignoreReason({ kind, from, to, direction, re }: ChatMessage): IgnoreReason | undefined {
    if (direction !== 'in' || from === client.me || to !== client.me) return 'not_for_me'
    if (kind !== 'text') return 'not_text'
    if (bot.only !== undefined && !bot.only.has(from)) return 'not_in_only'
    if (re !== undefined && file.isAnswer(re)) return 'answers_an_answer'
    return undefined
  }

  function ignore(message: ChatMessage, reason: IgnoreReason): Promise<Outcome> {
    journal({ type: 'ignored', from: message.from, re: message.id, reason })
    return finish(message)
  }

  function hold(message: ChatMessage, text?: string): Outcome {
    journal({ type: 'held', from: message.from, re: message.id, reason: 'key_changed' })
    return { kind: 'held', message, ...(text !== undefined && { answer: text }) }
  }

  async function answer(message: ChatMessage): Promise<Outcome> {
    const { from, id: re } = message
    if (!rate.take(from)) return ignore(message, 'too_many')
    const failed = (reason: 'threw' | 'late' | 'bad_answer' | 'gave_up', text: string) => {
      journal({ type: 'failed', from, re, reason, message: text })
      return finish(message)
    }
    if (file.countAttempt(from, re) > attemptsMax) {
      return failed(
        'gave_up',
        `the bot ended ${attemptsMax} times while it was at this message; it goes on without`,
      )
    }
    const handler = handlerFor(message.text, bot)
    if (handler === undefined) return finish(message)
    let text: unknown
    try {
      text = await within(parts.timeoutMs, (signal) =>
        handler.run(
          botMessage(message, handler.rest),
          makeHandle({ client, state: file.state, log: parts.log }, signal),
        ),
      )
    } catch (error) {
      return failed(error instanceof LateError ? 'late' : 'threw', wordsOf(error))
    }
    if (text === undefined) {
      journal({ type: 'silent', from, re })
      return finish(message)
    }
    if (typeof text !== 'string' || text === '') {
      return failed('bad_answer', 'it answered something that is no text, or an empty one')
    }
    return deliver(message, text)
  }

  async function deliver(message: ChatMessage, text: string): Promise<Outcome> {
    const { from, id: re } = message
    try {
      const { id } = await client.send(from, text, { re })
      journal({ type: 'answered', from, re, id })
      return await finish(message, id)
    } catch (error) {
      if (isChatError(error, 'key_not_trusted')) return hold(message, text)
      if (!isChatError(error) || isFatal(error.code)) throw error
      journal({ type: 'failed', from, re, reason: 'not_sent', message: error.message })
      return finish(message)
    }
  }

  return { respond, respondNow, finish }
}

const fatal: ReadonlySet<string> = new Set([
  'token_invalid',
  'not_signed_in',
  'vault_locked',
  'disk_full',
  'file_damaged',
])

/** Nothing that the bot could do would change it. */
function isFatal(code: string): boolean {
  return fatal.has(code)
}

function botMessage({ id, from, at, text, re, trust }: ChatMessage, rest: string): BotMessage {
  return Object.freeze({
    id,
    from,
    at,
    text,
    rest,
    ...(re !== undefined && { re }),
    // Messages under a changed key are held until it is trusted.
    trust: trust === 'verified' || trust === 'new' ? trust : 'pinned',
  })
}

/** With the stack: it is the author of the bot who reads this. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
