import type { Request } from 'express'
import type { AuthenticatedSession } from '../domain/sessions.ts'

/** What the middlewares learn of one request; handlers get it as their `Call`. */
export interface RequestState {
  readonly requestId: string
  /** `clock.monotonic()` at arrival. */
  readonly startedAt: number
  /** Template of the matched route, for logs and metrics; never the path itself. */
  route: string | undefined
  session: AuthenticatedSession | undefined
  /** Of the proof; `sid` and `nonce` as sent. */
  proof: { readonly sid: string; readonly nonce: string; readonly bodyHash: string } | undefined
  /** The raw body, once read. */
  body: Buffer | undefined
}

declare module 'express-serve-static-core' {
  interface Request {
    chat: RequestState
  }
}

/** The state of a request that went through the app. */
export function stateOf(request: Request): RequestState {
  return request.chat
}
