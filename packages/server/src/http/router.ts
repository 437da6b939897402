import { bodyHash, ChatError } from '@secure-chat/protocol'
import type { Express, Request, RequestHandler } from 'express'
import type { AuthenticatedSession } from '../domain/sessions/session-life.ts'
import type { BeginRequest } from './begin-request.ts'
import type { Route, Routes } from './endpoint.ts'
import { hasBody } from './media-type.ts'
import { refuseMediaType } from './parse-call.ts'
import { readBody } from './raw-body.ts'
import { stateOf } from './request-state.ts'

/** Collects declared routes; `mountRoutes` orders them, so that `/chat/users` wins over `/chat/:username`. */
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

export interface MountDeps {
  readonly begin: BeginRequest
  readonly sessionAuth: RequestHandler
  /** Throws `token_invalid` when the session has ended since its proof was checked. */
  readonly recheckSession: (session: AuthenticatedSession) => void
  readonly onAnswered: ((request: Request, status: number) => void) | undefined
}

/**
 * Mounts the declared routes. Only an endpoint that the table calls `open` is reached without the
 * session proof; every other goes through it, whatever its file forgot. On the app itself and with
 * few handlers each: a nested router and every further layer cost a send as much as its proof.
 */
export function mountRoutes(app: Express, declared: readonly Route[], deps: MountDeps): void {
  const byPath = Map.groupBy(declared, (route) => route.endpoint.path)
  for (const path of [...byPath.keys()].sort(bySpecificity)) {
    const routes = byPath.get(path) ?? []
    const mounted = app.route(path)
    mounted.all(deps.begin.handler(path))
    for (const route of routes) {
      const run = receiveAndRun(route, deps)
      const handlers = route.endpoint.access === 'open' ? [run] : [deps.sessionAuth, run]
      // A stream has no end that HEAD could wait for.
      if (route.kind === 'stream') mounted.head(refuseMethod(routes))
      mounted[methodNames[route.endpoint.method]](...handlers)
    }
    mounted.all(refuseMethod(routes))
  }
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

function receiveAndRun(route: Route, { recheckSession, onAnswered }: MountDeps): RequestHandler {
  return async (request, response) => {
    const state = stateOf(request)
    if (hasBody(request)) {
      state.body = await readBody(request, response)
      // A body may take its time: what ended meanwhile must neither act nor open a stream.
      if (state.session !== undefined) recheckSession(state.session)
    }
    if (state.proof !== undefined && bodyHash(state.body ?? noBody) !== state.proof.bodyHash) {
      throw new ChatError('token_invalid')
    }
    if (state.body !== undefined) refuseMediaType(route.endpoint, request)
    await route.run(request, response)
    onAnswered?.(request, response.statusCode)
  }
}

const noBody = Buffer.alloc(0)

function refuseMethod(routes: readonly Route[]): RequestHandler {
  return (request, response) => {
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
