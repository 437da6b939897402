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
      begin: () => begin(request, response),
    })
  })
}

/** What a browser's EventSource sends when it comes back; empty means that it has seen no id. */
function lastEventId(request: Request) {
  const header = request.get('last-event-id')
  return header === undefined || header === '' ? undefined : parseCursor(header)
}

/** `no-transform` keeps proxies from compressing, `X-Accel-Buffering` keeps nginx from collecting events. */
function begin(request: Request, response: Response): Response {
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
  letGo(request)
  return response
}

/** An idle stream lives for hours: what only the beginning of its request needed is a quarter of its memory. */
function letGo(request: Request): void {
  request.rawHeaders = []
  request.headers = {}
  request.next = noNext
}

function noNext(): void {}
