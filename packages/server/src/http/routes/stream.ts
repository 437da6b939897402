import { endpoints, parseCursor } from '@secure-chat/protocol'
import type { Request, Response } from 'express'
import type { Services } from '../../services.ts'
import { mountStream, type Routes } from '../endpoint.ts'
import { securityHeaders } from '../headers.ts'

export function streamRoutes(routes: Routes, services: Services): void {
  mountStream(routes, endpoints.stream, async ({ session, query, request, response }) => {
    await services.streams.open({
      session,
      after: lastEventId(request) ?? query.after,
      begin: () => begin(response),
    })
  })
}

/** What a browser's EventSource sends when it comes back; empty means that it has seen no id. */
function lastEventId(request: Request) {
  const header = request.get('last-event-id')
  return header === undefined || header === '' ? undefined : parseCursor(header)
}

/** `no-transform` keeps proxies from compressing, `X-Accel-Buffering` keeps nginx from collecting events. */
function begin(response: Response): Response {
  response.writeHead(200, [
    ...securityHeaders,
    'Content-Type',
    'text/event-stream; charset=utf-8',
    'Cache-Control',
    'no-cache, no-transform',
    'X-Accel-Buffering',
    'no',
  ])
  response.flushHeaders()
  return response
}
