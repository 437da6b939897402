import { ChatError, type FieldError } from './chat-error.ts'
import { type ErrorCode, errorTable, isErrorCode } from './table.ts'

/** The body of every error answer: problem details of RFC 9457, section 3. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  /** The detail again, under the name of the original API. */
  readonly error: string
  readonly request_id: string
  readonly errors?: readonly FieldError[]
  readonly [member: string]: unknown
}

const standardMembers: ReadonlySet<string> = new Set([
  'type',
  'title',
  'status',
  'detail',
  'code',
  'error',
  'request_id',
  'errors',
  'instance',
])

/** What an answer without a code of ours most likely means: it came from a proxy or another program. */
const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'token_invalid',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'headers_too_large',
  500: 'internal',
  502: 'busy',
  503: 'busy',
  504: 'busy',
}

const longestTextFromServer = 2000

/** The problem document of an error. A code without a status (client side) is answered as `internal`, without its detail. */
export function toProblem(error: ChatError, requestId: string): Problem {
  const shown = error.status === null ? new ChatError('internal') : error
  return {
    ...shown.members,
    type: `urn:secure-chat:error:${shown.code}`,
    title: errorTable[shown.code].title,
    status: shown.status ?? 500,
    detail: shown.message,
    code: shown.code,
    error: shown.message,
    request_id: requestId,
    ...(shown.errors.length > 0 && { errors: shown.errors }),
  }
}

/**
 * The error that an answer stands for. The body comes from the network, so nothing in it is believed
 * beyond its form: a code counts only with its own status, so a server cannot make client-side errors.
 *
 * @param retryAfter value of the `Retry-After` header; only whole seconds are understood
 */
export function fromProblem(body: unknown, status: number, retryAfter?: string | null): ChatError {
  const given = isRecord(body) ? body : {}
  const known = isErrorCode(given.code) && errorTable[given.code].status === status
  const code =
    known && isErrorCode(given.code) ? given.code : (codeByStatus[status] ?? 'bad_answer')
  const retryAfterS = retryAfter && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined
  const detail = text(given.detail) ?? text(given.error)
  return new ChatError(code, known ? detail : `${errorTable[code].title} (HTTP status ${status})`, {
    members: Object.fromEntries(
      Object.entries(given).filter(([name]) => !standardMembers.has(name)),
    ),
    errors: Array.isArray(given.errors) ? given.errors.slice(0, 100).flatMap(fieldError) : [],
    ...(retryAfterS !== undefined && { retryAfterS }),
  })
}

function fieldError(entry: unknown): FieldError[] {
  if (!isRecord(entry)) return []
  const pointer = text(entry.pointer)
  const detail = text(entry.detail)
  return pointer !== undefined && detail !== undefined ? [{ pointer, detail }] : []
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? value.slice(0, longestTextFromServer)
    : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
