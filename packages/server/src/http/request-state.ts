import type { Proof } from '@secure-chat/protocol'
import type { Request } from 'express'
import type { AuthenticatedSession } from '../domain/sessions/session-life.ts'

/** What the middlewares learn of one request; handlers get it as their `Call`. */
export interface RequestState {
  readonly requestId: string
  /** `clock.monotonic()` at arrival. */
  readonly startedAt: number
  /** Template of the matched route, for logs and metrics; never the path itself. */
  route: string | undefined
  session: AuthenticatedSession | undefined
  proof: Proof | undefined
  /** The raw body, once read. */
  body: Buffer | undefined
}

declare module 'express-serve-static-core' {
  interface Request {
    chat?: RequestState
  }
}

/** The state of a request that went through the app. */
export function stateOf(request: Request): RequestState {
  if (request.chat === undefined) throw new TypeError('The request did not pass `beginRequest`.')
  return request.chat
}

/**
 * The client's address as `TRUST_PROXY` lets it be seen. Asked for where it is needed: a getter on each
 * call's object would give each its own hidden class, and so keep every request until a full collection.
 */
export function addressOf(request: Request): string {
  return request.ip ?? ''
}

/** Ids are unique on a node and cheap: a random prefix of the process and a count. */
export function makeRequestIds(prefix: string): () => string {
  let count = 0
  return () => {
    count += 1
    return `${prefix}-${count.toString(36)}`
  }
}
