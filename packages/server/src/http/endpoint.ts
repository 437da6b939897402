import type { Answer, Body, endpoints, Params, Query, UserName } from '@secure-chat/protocol'
import type { Request, Response } from 'express'
import type { AuthenticatedSession } from '../domain/sessions/sessions.ts'
import { makeSendAnswer } from './answer.ts'
import { parseCall } from './parse-call.ts'

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

/** A declared route. The app puts the proof check and the body reader before `run` and orders all by path. */
export interface Route {
  readonly endpoint: Endpoint
  /** `stream`: writes the response itself and may outlive the request; `answer`: one JSON answer. */
  readonly kind: 'answer' | 'stream'
  run(request: Request, response: Response): Promise<void>
}

/** Where route files declare their routes; order of declaration does not matter. */
export interface Routes {
  add(route: Route): void
}

/**
 * Declares an endpoint: parameters, query and body are parsed by the table (422 with pointers),
 * the answer is built field by field from its response schema, errors become problem+json.
 */
export function mount<E extends Endpoint>(
  routes: Routes,
  endpoint: E,
  handler: (call: Call<E>) => Promise<Answer<E>>,
): void {
  const sendAnswer = makeSendAnswer(endpoint)
  routes.add({
    endpoint,
    kind: 'answer',
    async run(request, response) {
      sendAnswer(response, await handler(parseCall(endpoint, request, response)))
    },
  })
}

/** Declares an endpoint whose handler writes the response itself. What it throws before that becomes problem+json. */
export function mountStream<E extends Endpoint>(
  routes: Routes,
  endpoint: E,
  handler: (call: Call<E>) => Promise<void>,
): void {
  routes.add({
    endpoint,
    kind: 'stream',
    run: async (request, response) => handler(parseCall(endpoint, request, response)),
  })
}
