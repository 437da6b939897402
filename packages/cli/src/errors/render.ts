import { type ChatError, type ErrorCode, isChatError } from '@secure-chat/protocol/errors'
import { printable } from '@secure-chat/protocol/printable'
import type { Style } from '../output/style.ts'
import { advice } from './advice.ts'

/** The shape of an error under `--json`. */
export type ErrorDocument = {
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    readonly suggestions: readonly string[]
    readonly exit: number
  }
}

export function errorDocument(error: ChatError): ErrorDocument {
  const { code, message, exit } = error
  return { error: { code, message, suggestions: suggestionsOf(error), exit } }
}

/** What happened, why, what to type next, and the code: safe for a terminal whatever a server put into it. */
export function renderError(error: ChatError, style: Style): string {
  const fields = error.errors.map(
    ({ pointer, detail }) => `  ${printable(pointer)}: ${printable(detail)}`,
  )
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

function suggestionsOf(error: ChatError): readonly string[] {
  const given = error.suggestions.length > 0 ? error.suggestions : (advice[error.code] ?? [])
  if (error.retryAfterS === undefined) return given
  return [
    `Try again in ${error.retryAfterS} s.`,
    ...given.filter((text) => !/^Try again/.test(text)),
  ]
}
