import { bodyHash, ChatError } from '@secure-chat/protocol'
import { type RequestHandler, Router } from 'express'
import type { Route, Routes } from './endpoint.ts'
import { hasBody } from './media-type.ts'
import { refuseMediaType } from './parse-call.ts'
import { readBody } from './raw-body.ts'
import { stateOf } from './request-state.ts'

/** Collects declared routes; `build` orders them, so that `/chat/users` wins over `/chat/:username`. */
export function makeRoutes(): Routes & { readonly declared: readonly Route[] } {
  const declared: Route[] = []
  return {
    declared,
    add(route) {
      const { method, path } = route.endpoint
      if (declared.some(({ endpoint }) => endpoint.method === method && endpoint.path === path)) {
        throw new Error(`${method} ${path} is declared twice.`)
      }
      declared.push(route)
    },
  }
}

/**
 * The Express router of the declared routes. Only an endpoint that the table calls `open` is reached
 * without the session proof; every other goes through it, whatever its file forgot.
 */
export function buildRouter(
  declared: readonly Route[],
  {
    sessionAuth,
    onAnswered,
  }: {
    readonly sessionAuth: readonly RequestHandler[]
    readonly onAnswered: (request: Parameters<RequestHandler>[0], status: number) => void
  },
): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const byPath = Map.groupBy(declared, (route) => route.endpoint.path)
  for (const path of [...byPath.keys()].sort(bySpecificity)) {
    const routes = byPath.get(path) ?? []
    const mounted = router.route(path)
    for (const route of routes) {
      const handlers = [
        nameRoute(route),
        ...(route.endpoint.access === 'open' ? [] : sessionAuth),
        receiveAndRun(route, onAnswered),
      ]
      const method = methodNames[route.endpoint.method]
      mounted[method](...handlers)
    }
    mounted.all(refuseMethod(path, routes))
  }
  return router
}

const methodNames = { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' } as const

/** Fixed segments before parameters, from the left. */
function bySpecificity(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = Number(left[i]?.startsWith(':')) - Number(right[i]?.startsWith(':'))
    if (difference !== 0) return difference
  }
  return a < b ? -1 : 1
}

function nameRoute(route: Route): RequestHandler {
  return (request, _response, next) => {
    stateOf(request).route = route.endpoint.path
    // A stream has no end that HEAD could wait for.
    if (route.kind === 'stream' && request.method === 'HEAD') throw methodNotAllowed([route])
    next()
  }
}

function receiveAndRun(
  route: Route,
  onAnswered: (request: Parameters<RequestHandler>[0], status: number) => void,
): RequestHandler {
  return async (request, response) => {
    const state = stateOf(request)
    if (hasBody(request)) {
      refuseMediaType(route.endpoint, request)
      state.body = await readBody(request, response)
      // A body may take its time: what ended meanwhile must neither act nor open a stream.
      state.recheckSession?.()
    }
    if (state.proof !== undefined && bodyHash(state.body ?? noBody) !== state.proof.bodyHash) {
      throw new ChatError('token_invalid')
    }
    await route.run(request, response)
    onAnswered(request, response.statusCode)
  }
}

const noBody = Buffer.alloc(0)

function refuseMethod(path: string, routes: readonly Route[]): RequestHandler {
  return (request, response) => {
    stateOf(request).route = path
    if (request.method !== 'OPTIONS') throw methodNotAllowed(routes)
    response.writeHead(204, { Allow: allowed(routes) })
    response.end()
  }
}

function methodNotAllowed(routes: readonly Route[]): ChatError {
  const allow = allowed(routes)
  return new ChatError('method_not_allowed', `This address takes ${allow}.`, { members: { allow } })
}

function allowed(routes: readonly Route[]): string {
  return routes
    .flatMap(({ endpoint, kind }) =>
      endpoint.method === 'GET' && kind === 'answer' ? ['GET', 'HEAD'] : [endpoint.method],
    )
    .sort()
    .join(', ')
}
