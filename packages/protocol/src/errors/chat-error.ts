import { type ErrorCode, errorTable } from './table.ts'

/** What is wrong with one field of a request; `pointer` is `#/field` in a body, `?name` in a query, `{name}` in a path. */
export type FieldError = { readonly pointer: string; readonly detail: string }

/** What an error carries beside its code and text. */
export type ChatErrorOptions = {
  readonly cause?: unknown
  /** Further members of the problem document, such as `resume` or `now_proof`. */
  readonly members?: Readonly<Record<string, unknown>>
  /** The fields at fault, for 422. */
  readonly errors?: readonly FieldError[]
  /** What the user can type or do next. */
  readonly suggestions?: readonly string[]
  /** Seconds to wait before the next try: the `Retry-After` header. */
  readonly retryAfterS?: number
}

/** Shared by all copies of this package in one process: a bundled program and its plugins each bring their own class. */
const brand = Symbol.for('secure-chat.ChatError')

/**
 * The one error class. Callers test `code`; status and exit code come from the table.
 *
 * @example
 * throw new ChatError('no_such_user', 'There is no user bob.', { suggestions: ['secure-chat users'] })
 */
export class ChatError extends Error {
  readonly [brand] = true
  readonly code: ErrorCode
  /** HTTP status, or null for an error that arises on the client. */
  readonly status: number | null
  /** Exit code of the CLI. */
  readonly exit: number
  readonly members: Readonly<Record<string, unknown>>
  readonly errors: readonly FieldError[]
  readonly suggestions: readonly string[]
  readonly retryAfterS: number | undefined

  constructor(code: ErrorCode, detail?: string, options: ChatErrorOptions = {}) {
    super(
      detail ?? errorTable[code].title,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.name = 'ChatError'
    this.code = code
    this.status = errorTable[code].status
    this.exit = errorTable[code].exit
    this.members = options.members ?? {}
    this.errors = options.errors ?? []
    this.suggestions = options.suggestions ?? []
    this.retryAfterS = options.retryAfterS
  }
}

/** Is it a `ChatError`, of whichever copy of this package, and (if given) of this code? */
export function isChatError(error: unknown, code?: ErrorCode): error is ChatError {
  return isBranded(error) && (code === undefined || error.code === code)
}

function isBranded(error: unknown): error is ChatError {
  return error instanceof Error && brand in error
}
