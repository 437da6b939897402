import type { ServerContext } from '@secure-chat/plugin-sdk/server'
import { type SigningKey, webhookHeaders } from './sign.ts'

/** What became of one request. `why` is for the log: it has nothing of the URL. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** May go better later, not before `afterMs` if the receiver said so. */
  | { readonly kind: 'failed'; readonly why: string; readonly afterMs?: number }
  /** Would be the same again. */
  | { readonly kind: 'refused'; readonly why: string }
  /** 410: the receiver wants nothing any more. */
  | { readonly kind: 'gone' }
  /** Given up because the plugin is being closed. */
  | { readonly kind: 'aborted' }

export interface Endpoint {
  /** One signed request. Never rejects. */
  post(id: string, body: string): Promise<Outcome>
}

export function makeEndpoint({
  url,
  keys,
  timeoutMs,
  clock,
  signal,
}: {
  readonly url: URL
  readonly keys: readonly SigningKey[]
  readonly timeoutMs: number
  readonly clock: ServerContext['clock']
  readonly signal: AbortSignal
}): Endpoint {
  return {
    async post(id, body) {
      const late = new AbortController()
      const stopTimer = clock.setTimeout(() => late.abort(), timeoutMs)
      try {
        const response = await fetch(url, {
          method: 'POST',
          // Where it leads was said by the receiver, not by the operator.
          redirect: 'manual',
          signal: AbortSignal.any([signal, late.signal]),
          headers: {
            ...webhookHeaders({ id, body, atMs: clock.now() }, keys),
            'content-type': 'application/json',
            'user-agent': 'secure-chat-push-webhook',
          },
          body,
        })
        // The status says all; nobody waits for a body, whatever its size.
        response.body?.cancel().catch(() => undefined)
        return outcomeOf(response, clock.now())
      } catch (error) {
        if (signal.aborted) return { kind: 'aborted' }
        const why = late.signal.aborted
          ? `no answer within ${timeoutMs / 1000} s`
          : networkError(error)
        return { kind: 'failed', why }
      } finally {
        stopTimer()
      }
    },
  }
}

function outcomeOf({ ok, status, headers }: Response, now: number): Outcome {
  if (ok) return { kind: 'delivered' }
  if (status === 410) return { kind: 'gone' }
  const why = `status ${status}`
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const afterMs = retryAfter(headers.get('retry-after'), now)
    return { kind: 'failed', why, ...(afterMs !== undefined && { afterMs }) }
  }
  const isRedirect = status >= 300 && status < 400
  return { kind: 'refused', why: isRedirect ? `${why}: redirects are not followed` : why }
}

/** The longest that a receiver may ask for: a slip of its pen does not silence it for a year. */
const longestMs = 86_400_000

/** Seconds or a date (RFC 9110, 10.2.3). What is neither is not heard. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), longestMs)
}

/** `ECONNREFUSED` and the like: the message of the error may have the address in it. */
function networkError(error: unknown): string {
  const { code } = Object(Object(error).cause)
  return typeof code === 'string' ? code : 'no connection'
}
