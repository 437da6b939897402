import { ChatError, isChatError, limits, toProblem } from '@secure-chat/protocol'
import type { ErrorRequestHandler, Request, Response } from 'express'
import type { Log } from '../ports/index.ts'
import { securityHeaders } from './headers.ts'
import { hasBody } from './media-type.ts'
import { ClientGone } from './raw-body.ts'

export const problemHeaders: readonly string[] = [
  ...securityHeaders,
  'Cache-Control',
  'no-store',
  'Content-Type',
  'application/problem+json; charset=utf-8',
]

const withoutToken = new Set(['token_missing', 'bad_credentials'])

/** The header fields that a code demands. */
function headersOfCode(error: ChatError): string[] {
  if (error.status === 401) {
    const challenge = 'Bearer realm="secure-chat"'
    return [
      'WWW-Authenticate',
      withoutToken.has(error.code) ? challenge : `${challenge}, error="invalid_token"`,
    ]
  }
  if (error.status === 429 || error.status === 503)
    return ['Retry-After', String(error.retryAfterS ?? 1)]
  return []
}

/** Every error of the API: problem+json (RFC 9457), never a stack, the unexpected logged under its request id. */
export function problemHandler({
  log,
  begin,
  onAnswered,
}: {
  readonly log: Log
  /** What failed before any route (a path that does not decode) has no state yet. */
  readonly begin: (request: Request, route: undefined) => void
  readonly onAnswered: ((request: Request, status: number) => void) | undefined
}): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, request, response, _next) => {
    if (thrown instanceof ClientGone || response.destroyed) return
    begin(request, undefined)
    const error = asChatError(thrown)
    report(log, error, thrown, request)
    if (response.headersSent) {
      response.destroy()
      return
    }
    onAnswered?.(request, error.status ?? 500)
    sendProblem(error, request, response)
  }
}

function sendProblem(error: ChatError, request: Request, response: Response): void {
  const body = Buffer.from(JSON.stringify(toProblem(error, request.chat?.requestId ?? 'none')))
  const headers = [
    ...problemHeaders,
    ...headersOfCode(error),
    'Content-Length',
    String(body.length),
  ]
  const allow = error.members.allow
  if (error.code === 'method_not_allowed' && typeof allow === 'string') headers.push('Allow', allow)
  const status = error.status ?? 500
  if (!isUploading(request)) {
    response.writeHead(status, headers)
    response.end(body)
    return
  }
  headers.push('Connection', 'close')
  response.writeHead(status, headers)
  response.write(body)
  drain(request, () => response.end())
}

function isUploading(request: Request): boolean {
  return hasBody(request) && !request.complete
}

/**
 * Reads on, at most 1 MiB, so that a client which writes all before it reads gets to see the answer
 * instead of a reset connection. The request time-out ends it when the client dawdles.
 */
function drain(request: Request, done: () => void): void {
  let drained = 0
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length
    if (drained > limits.bodyDrainMaxBytes) done()
  })
  request.on('end', done)
  request.on('close', done)
  request.resume()
}

function asChatError(thrown: unknown): ChatError {
  if (isChatError(thrown) && thrown.status !== null) return thrown
  // Express: percent-encoding of the path that does not decode, so no route is meant.
  if (thrown instanceof URIError) return new ChatError('not_found')
  return new ChatError(
    'internal',
    'The server failed at this call. Its log has more under the request_id.',
  )
}

function report(log: Log, error: ChatError, thrown: unknown, request: Request): void {
  const fields = {
    event: 'request.refused',
    request_id: request.chat?.requestId,
    method: request.method,
    route: request.chat?.route,
    code: error.code,
    user: request.chat?.session?.user,
  }
  if (error.code === 'internal') log.error({ ...fields, err: thrown }, 'unexpected error')
  else if (error.status === 503) log.warn({ ...fields, err: thrown }, 'request failed')
  else if (error.status === 401 || error.status === 429) log.info(fields, 'request refused')
  else log.debug(fields, 'request refused')
}
