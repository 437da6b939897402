import { ChatError, isChatError } from '@secure-chat/plugin-sdk/server'

/** Any failure of the engine as the port promises it; a `ChatError` passes as it is. */
export function asUnavailable(error: unknown): ChatError {
  return isChatError(error)
    ? error
    : unavailable('Kafka does not answer as it should', { cause: error })
}

/** How long a client waits before it tries again. */
const retryAfterS = 2

export function unavailable(why: string, options: { readonly cause?: unknown } = {}): ChatError {
  return new ChatError(
    'queue_unavailable',
    `The message queue did not do this because ${why}. Nothing of it is promised; try again in a moment.`,
    { retryAfterS, ...options },
  )
}

export function closed(): ChatError {
  return new ChatError('queue_unavailable', 'The message queue is closed: the server is stopping.')
}

/** The name of the error that a broker answered with, such as `OFFSET_OUT_OF_RANGE`; undefined when it did not answer. */
export function answerIn(error: unknown): string | undefined {
  for (const each of chainOf(error)) {
    const type = memberOf(each, 'type')
    if (typeof type === 'string') return type
  }
  return undefined
}

/** A broker said no for good: no retry would change its mind. */
export function isRefusal(error: unknown): boolean {
  return answerIn(error) !== undefined && memberOf(error, 'retriable') === false
}

/** The messages down the chain of causes, without the objects, for a log line. */
export function reasonsOf(error: unknown): string {
  return [
    ...new Set([...chainOf(error)].map((each) => String(memberOf(each, 'message') ?? each))),
  ].join(' < ')
}

/** kafkajs wraps an error as `cause`, or several as `errors`. */
export function* chainOf(error: unknown): Generator<unknown> {
  let each = error
  for (let depth = 0; each !== undefined && each !== null && depth < 6; depth += 1) {
    yield each
    const several = memberOf(each, 'errors')
    each = memberOf(each, 'cause') ?? (Array.isArray(several) ? several[0] : undefined)
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
