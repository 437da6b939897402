import type { Body, endpoints, Params, Query, UserName } from '@secure-chat/protocol'
import type { Request, Response } from 'express'
import type { AuthenticatedSession } from '../domain/sessions/sessions.ts'

/** One line of the endpoint table. */
export type Endpoint = (typeof endpoints)[keyof typeof endpoints]

/** A call of an open endpoint, parsed by the table. */
export interface OpenCall<E extends Endpoint> {
  readonly params: Params<E>
  readonly query: Query<E>
  readonly body: Body<E>
  readonly requestId: string
  readonly request: Request
  readonly response: Response
}

/** A call behind a good session proof. The user comes from the session, never from the request. */
export interface SignedCall<E extends Endpoint> extends OpenCall<E> {
  readonly user: UserName
  readonly session: AuthenticatedSession
  /** Sid and nonce of the proof as sent: unique together, so that ids can be derived from them. */
  readonly proof: { readonly sid: string; readonly nonce: string }
}

export type Call<E extends Endpoint> = E extends { readonly access: 'proof' }
  ? SignedCall<E>
  : OpenCall<E>
