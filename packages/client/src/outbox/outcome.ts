import { type ChatError, type ErrorCode, isChatError } from '@secure-chat/protocol'

/** `detail`: the server's own words to the sender, where a rule of its operator says more than the code does. */
export type Refusal = { code: ErrorCode; detail?: string }

/** What a failed attempt to send means for what was sent. */
export type Outcome =
  /** Never: marked, and told as `void` to the recipient. */
  | { kind: 'refused'; refusal: Refusal }
  /** The recipient's key is another: look it up, then decide. */
  | { kind: 'key_changed' }
  /** The server already has another content under this id. */
  | { kind: 'id_taken' }
  /** This conversation waits, others go on. */
  | { kind: 'later'; code: ErrorCode; afterMs: number | null }
  /** Nothing goes at present. */
  | { kind: 'offline'; code: ErrorCode }
  /** The caller must know: not signed in, vault or disk failed, interrupted. */
  | { kind: 'fatal' }

const offline: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'network_unreachable',
  'timeout',
  'bad_answer',
  'internal',
  'queue_unavailable',
  'database_unavailable',
  'busy',
  'shutting_down',
])

/** Statuses by which a server says that the request itself will never do. */
const forGood: ReadonlySet<number> = new Set([400, 403, 404, 405, 409, 413, 415, 422, 431])

export function outcomeOf(error: unknown): Outcome {
  if (!isChatError(error)) return { kind: 'fatal' }
  const { code, status, retryAfterS } = error
  if (code === 'key_changed') return { kind: 'key_changed' }
  if (code === 'id_reused') return { kind: 'id_taken' }
  if (code === 'rate_limited' || code === 'plugin_failed') {
    return { kind: 'later', code, afterMs: retryAfterS === undefined ? null : retryAfterS * 1000 }
  }
  // A route that is not there is another program on the server's address, or a proxy: not about this message.
  if (offline.has(code) || code === 'not_found') return { kind: 'offline', code }
  if (code === 'account_suspended' || code === 'token_misplaced') return { kind: 'fatal' }
  if (status !== null && forGood.has(status)) return { kind: 'refused', refusal: refusalOf(error) }
  return { kind: 'fatal' }
}

function refusalOf({ code, members }: ChatError): Refusal {
  const { reason } = members
  return typeof reason === 'string' ? { code, detail: reason.slice(0, detailMax) } : { code }
}

/** What a server may make us keep and show: as much as it lets its plugins say. */
const detailMax = 200

const firstWaitMs = 1_000
const longestWaitMs = 5 * 60_000

/** Doubles with each attempt, up to five minutes. */
export function waitAfter(attempts: number): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempts, 20))
}
