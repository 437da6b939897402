import { isUtf8 } from 'node:buffer'
import { ChatError, parseInput, parseJson, type Endpoint as TableLine } from '@secure-chat/protocol'
import type { Request, Response } from 'express'
import type { Call, Endpoint } from './call.ts'
import { parseForm } from './form.ts'
import { mediaTypeOf } from './media-type.ts'
import { stateOf } from './request-state.ts'

const nothing = Object.freeze({})

/**
 * Parses parameters, query and body of a request by its line of the table. The body was read and its
 * hash compared by then.
 *
 * @throws ChatError `invalid_json`, `invalid_request` and the special codes of fields
 */
export function parseCall<E extends Endpoint>(
  endpoint: E,
  request: Request,
  response: Response,
): Call<E> {
  const state = stateOf(request)
  const shape: TableLine = endpoint
  const call = {
    params: shape.params ? parseInput(shape.params, request.params, 'path') : nothing,
    query: shape.query
      ? parseInput(shape.query, parseForm(queryOf(request.url), 'query'), 'query')
      : nothing,
    body: shape.body ? parseInput(shape.body, parseBody(request, state.body), 'body') : undefined,
    user: state.session?.user,
    session: state.session,
    proof: state.proof,
    requestId: state.requestId,
    request,
    response,
  }
  // The table's types say what its schemas make; TypeScript cannot follow that through a generic.
  return call as unknown as Call<E>
}

/** After the proof of the body: a moved or forged request learns nothing of what would be taken. */
export function refuseMediaType(endpoint: Endpoint, request: Request): void {
  if (!('body' in endpoint)) return
  const mediaType = mediaTypeOf(request)
  if (mediaType === 'application/json' || mediaType === 'application/x-www-form-urlencoded') return
  throw new ChatError(
    'unsupported_media_type',
    'Send the body as application/json or application/x-www-form-urlencoded.',
  )
}

function parseBody(request: Request, body: Buffer | undefined): unknown {
  if (body === undefined || body.length === 0) return nothing
  if (mediaTypeOf(request) === 'application/json') return parseJson(body)
  // What clients send unencoded is UTF-8 as in JSON: a password is the same in both.
  if (!isUtf8(body)) throw new ChatError('invalid_request', 'The form is not valid UTF-8.')
  return parseForm(body.toString('utf8'), 'body')
}

/** Behind the question mark, undecoded. */
export function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start + 1)
}
