/** What a bot does, as it does it: objects for programs, lines for people. Never what people wrote. */
import { printable } from '@secure-chat/plugin-sdk/cli'

export type BotEvent =
  | {
      readonly type: 'state'
      readonly state: 'running' | 'stopping'
      readonly name: string
      readonly me: string
    }
  /** `re` is the message, `id` the answer. */
  | { readonly type: 'answered'; readonly from: string; readonly re: string; readonly id: string }
  /** The handler had nothing to answer. */
  | { readonly type: 'silent'; readonly from: string; readonly re: string }
  | {
      readonly type: 'ignored'
      readonly from: string
      readonly re: string
      readonly reason: IgnoreReason
    }
  /** Waits until the owner trusts the sender's new key. */
  | {
      readonly type: 'held'
      readonly from: string
      readonly re: string
      readonly reason: 'key_changed'
    }
  | {
      readonly type: 'failed'
      /** Of a message, or of a task of `every`. */
      readonly from?: string
      readonly re?: string
      readonly task?: string
      readonly reason: 'threw' | 'late' | 'bad_answer' | 'not_sent' | 'gave_up'
      readonly message: string
    }
  | { readonly type: 'ran'; readonly task: string }

/** `not_text`, `not_for_me` and `not_in_only` need no answer; the others keep bots from talking to one another for ever. */
export type IgnoreReason =
  | 'not_text'
  | 'not_for_me'
  | 'not_in_only'
  | 'answers_an_answer'
  | 'too_many'

export type Journal = (event: BotEvent) => void

/** One object a line; what is not plain ASCII is escaped, so that nothing in it steers a terminal. */
export function eventLine(event: BotEvent): string {
  return JSON.stringify(event).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** For people; undefined for what needs no line. */
export function eventText(event: BotEvent): string | undefined {
  switch (event.type) {
    case 'state':
      return event.state === 'running'
        ? `The bot ${event.name} answers as ${event.me}. Ctrl-C ends it.`
        : 'Ending, after the messages at hand.'
    case 'answered':
      return `${event.from}: answered`
    case 'silent':
      return `${event.from}: nothing to answer`
    case 'ignored':
      return ignored(event)
    case 'held':
      return `${event.from}: has a new key. Their messages wait until you trust it: secure-chat keys show ${event.from}, then secure-chat keys trust ${event.from}`
    case 'failed':
      return `${event.from ?? event.task ?? 'bot'}: ${printable(event.message, undefined, { lines: true })}`
    case 'ran':
      // A task of every five seconds would hide everything else.
      return undefined
  }
}

function ignored({ from, reason }: BotEvent & { type: 'ignored' }): string | undefined {
  if (reason === 'too_many') return `${from}: too many messages, some are not answered (--rate)`
  if (reason === 'answers_an_answer')
    return `${from}: answered an answer of this bot; not answered, or two bots would never end`
  return undefined
}
