/** The chains between typing and encryption, and between decryption and the screen. */
import type { StoredMessage } from '@secure-chat/client'
import type { Band, Chat, CliPlugin } from '@secure-chat/plugin-sdk/cli'
import { isChatError } from '@secure-chat/protocol/errors'
import { type Caller, pluginFailure } from './plugin-failure.ts'
import { chatMessage, complaintAboutAnswer, isAnswer, withAnswer } from './plugin-message.ts'

const bands: readonly Band[] = ['early', 'normal', 'late']

/** Band after band, within one as installed. */
function inOrder<T extends { readonly band?: Band }>(parts: readonly T[]): T[] {
  return bands.flatMap((band) => parts.filter((part) => (part.band ?? 'normal') === band))
}

export type ChatFor = (plugin: string) => Chat

/** @throws ChatError plugin_error: nothing of the text may be sent then */
export type Outgoing = (
  text: string,
  chatFor: ChatFor,
  skipped?: ReadonlySet<string>,
) => Promise<string>

export function makeOutgoing(plugins: readonly CliPlugin[], call: Caller): Outgoing {
  const part = 'transformOutgoing'
  const chain = inOrder(
    plugins.flatMap(({ name, transformOutgoing }) =>
      transformOutgoing ? [{ name, ...transformOutgoing }] : [],
    ),
  )
  return async (given, chatFor, skipped = new Set()) => {
    let text = given
    for (const { name, handler } of chain) {
      if (skipped.has(name)) continue
      const answer: unknown = await call(name, part, () => handler(text, chatFor(name)))
      if (typeof answer !== 'string') throw pluginFailure(name, part, 'it answered no text')
      if (answer === '') throw pluginFailure(name, part, 'it left no text to send')
      text = answer
    }
    return text
  }
}

/** Undefined hides the message. A failure comes back as a notice in its place. */
export type Incoming = (
  message: StoredMessage,
  chatFor: ChatFor,
) => Promise<StoredMessage | undefined>

export function makeIncoming(plugins: readonly CliPlugin[], call: Caller): Incoming {
  const part = 'transformIncoming'
  const chain = inOrder(
    plugins.flatMap(({ name, transformIncoming }) =>
      transformIncoming ? [{ name, ...transformIncoming }] : [],
    ),
  )
  return async (given, chatFor) => {
    let message = given
    for (const { name, handler } of chain) {
      const asked = chatMessage(message)
      try {
        const answer: unknown = await call(name, part, () => handler(asked, chatFor(name)))
        if (answer === undefined) return undefined
        if (!isAnswer(answer, asked)) {
          throw pluginFailure(name, part, complaintAboutAnswer(answer, asked))
        }
        message = withAnswer(message, answer)
      } catch (error) {
        return noticeInstead(given, error)
      }
    }
    return message
  }
}

/** Never silently raw: the program says in place of the message why it does not stand there, and how to read it. */
function noticeInstead(message: StoredMessage, error: unknown): StoredMessage {
  if (!isChatError(error)) throw error
  const way = `secure-chat messages ${message.from} --no-plugins`
  const text = `A message from ${message.from} is not shown. ${error.message} As it came: ${way}`
  return { ...message, kind: 'notice', text, body: null, notices: [] }
}
