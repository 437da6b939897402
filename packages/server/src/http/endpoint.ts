import type { Answer } from '@secure-chat/protocol'
import type { Request, Response } from 'express'
import { makeSendAnswer } from './answer.ts'
import type { Call, Endpoint } from './call.ts'
import { parseCall } from './parse-call.ts'

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
