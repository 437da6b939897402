import { type ChatError, type ErrorCode, isChatError } from '@secure-chat/protocol/errors'
import { printable } from '@secure-chat/protocol/printable'
import type { Style } from '../output/style.ts'
import { advice } from './advice.ts'
import { exitOf } from './exit.ts'

/** The shape of an error under `--json`. */
export type ErrorDocument = {
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    readonly suggestions: readonly string[]
    readonly exit: number
  }
}

/** @param typed makes commands such that they can be typed here */
export function errorDocument(
  error: ChatError,
  typed: (text: string) => string = (text) => text,
): ErrorDocument {
  const { code, message } = error
  const suggestions = suggestionsOf(error).map(typed)
  return { error: { code, message: typed(message), suggestions, exit: exitOf(error) } }
}

/** What happened, why, what to type next, and the code: safe for a terminal whatever a server put into it. */
export function renderError(error: ChatError, style: Style): string {
  // Mostly the message has said it already, in words.
  const fields = error.errors
    .filter(({ detail }) => !error.message.includes(detail))
    .map(({ pointer, detail }) => `  ${printable(pointer)}: ${printable(detail)}`)
  const next = suggestionsOf(error).map((text) => `  ${printable(text)}`)
  return [
    `${style.bad('Error:')} ${printable(error.message, undefined, { lines: true })}`,
    ...fields,
    ...(next.length > 0 ? ['What to do:', ...next] : []),
    style.dim(`(${error.code})`),
    '',
  ].join('\n')
}

/** One line for places that have no room, such as the chat. */
export function explainError(error: ChatError): string {
  const [first] = suggestionsOf(error)
  return printable(first ? `${error.message} ${first}` : error.message)
}

/** The same for whatever was thrown. */
export function explainThrown(error: unknown): string {
  if (isChatError(error)) return explainError(error)
  return printable(error instanceof Error ? error.message : String(error))
}

/** What the error itself says to do, else what its code suggests. */
export function suggestionsOf(error: ChatError): readonly string[] {
  const given = error.suggestions.length > 0 ? error.suggestions : (advice[error.code] ?? [])
  if (error.retryAfterS === undefined) return given
  return [
    `Try again in ${error.retryAfterS} s.`,
    ...given.filter((text) => !/^Try again/.test(text)),
  ]
}
