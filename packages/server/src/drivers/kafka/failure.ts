import { ChatError, isChatError } from '@secure-chat/protocol'

/** A call to a broker that has no answer. */
export type BrokerFailure = Error & {
  readonly kind: 'broker_failure'
  /** False: it never left, so nothing of it was done. True: nobody can tell. */
  readonly wasSent: boolean
}

export function brokerFailure(wasSent: boolean, cause: unknown): BrokerFailure {
  const what = wasSent ? 'a broker gave no answer' : 'a broker cannot be reached'
  const error = new Error(`${what}: ${messageOf(cause)}`, { cause })
  return Object.assign(error, { kind: 'broker_failure', wasSent } as const)
}

export function isBrokerFailure(error: unknown): error is BrokerFailure {
  return (
    typeof error === 'object' &&
    error !== null &&
    'kind' in error &&
    error.kind === 'broker_failure'
  )
}

/** Worth another try: no answer, or the word of this driver that it was not in time. */
export function isPassing(error: unknown): boolean {
  return isBrokerFailure(error) || isChatError(error, 'queue_unavailable')
}

/** An answer that refuses what no retry would change: rights, limits, settings. */
export function refused(
  what: string,
  errorCode: number,
  detail?: string | null | undefined,
): Error {
  return new Error(
    `${what} was refused by Kafka with code ${errorCode}${detail ? `: ${detail}` : ''}`,
  )
}

/** Any failure of the engine as the port promises it; a `ChatError` passes as it is. */
export function asUnavailable(error: unknown): ChatError {
  if (isChatError(error)) return error
  return unavailable('Kafka does not answer as it should', error)
}

/** How long a client waits before it tries again. */
const retryAfterS = 2

export function unavailable(why: string, cause?: unknown): ChatError {
  return new ChatError(
    'queue_unavailable',
    `The message queue did not do this because ${why}. Nothing of it is promised; try again in a moment.`,
    { retryAfterS, ...(cause !== undefined && { cause }) },
  )
}

export function closed(): ChatError {
  return new ChatError('queue_unavailable', 'The message queue is closed: the server is stopping.')
}

/**
 * What is behind an error, for a log line: the messages down its chain of causes, without objects of the client,
 * which hold the settings of the connection and so the password.
 */
export function reasonsOf(error: unknown): string {
  const reasons: string[] = []
  for (let each: unknown = error; each !== undefined && reasons.length < 6; each = nextOf(each)) {
    const message = messageOf(each)
    if (!reasons.includes(message)) reasons.push(message)
  }
  return reasons.join(' < ')
}

function nextOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined
  if ('cause' in error && error.cause !== undefined) return error.cause
  return 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : undefined
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error)
}
