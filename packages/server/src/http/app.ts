import { ChatError } from '@secure-chat/protocol'
import express, { type Express, type Request } from 'express'
import type { PluginHost } from '../plugins/index.ts'
import type { Clock, Log } from '../ports/index.ts'
import type { Services } from '../services.ts'
import { makeBeginRequest } from './begin-request.ts'
import { mountPlugins } from './plugin-routes.ts'
import { problemHandler } from './problem.ts'
import { makeRoutes, mountRoutes } from './router.ts'
import { declareRoutes } from './routes/all.ts'
import { makeSessionAuth } from './session-auth.ts'

/** One finished request, for metrics. */
export interface Answered {
  readonly method: string
  /** Template, or `unmatched`. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

export interface AppDeps {
  readonly services: Services
  readonly clock: Clock
  readonly log: Log
  /** As Express takes it; undefined trusts nobody. */
  readonly trustProxy: number | readonly string[] | undefined
  readonly nextRequestId: () => string
  /** Routes of plugins; none when left out. */
  readonly pluginMounts?: ReturnType<PluginHost['mounts']>
  /** Undefined: nobody counts. */
  readonly onAnswered: ((answered: Answered) => void) | undefined
}

/** Labels come from here, not from whoever sends a request. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

/** The HTTP side of the services: routes by the endpoint table, proofs, problem+json. */
export function makeApp({
  services,
  clock,
  log,
  trustProxy,
  nextRequestId,
  pluginMounts = [],
  onAnswered,
}: AppDeps): Express {
  const { proofCheck, health } = services
  const report =
    onAnswered &&
    ((request: Request, status: number) =>
      onAnswered({
        method: knownMethods.has(request.method) ? request.method : 'other',
        route: request.chat?.route ?? 'unmatched',
        status,
        durationMs: clock.monotonic() - (request.chat?.startedAt ?? clock.monotonic()),
      }))
  const begin = makeBeginRequest({ proofCheck, health, clock, nextRequestId })
  const routes = makeRoutes()
  declareRoutes(routes, services)

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.set('query parser', false)
  app.set('trust proxy', trustProxy === undefined ? false : trustProxy)
  const mountDeps = {
    begin,
    sessionAuth: makeSessionAuth({
      proofCheck,
      onSign: ({ session }) => services.presence.sign(session.user),
    }),
    recheckSession: proofCheck.recheck,
    onAnswered: report,
  }
  mountRoutes(app, routes.declared, mountDeps)
  mountPlugins(app, pluginMounts, { ...mountDeps, log })
  app.use(begin.handler('unmatched'), () => {
    throw new ChatError('not_found')
  })
  app.use(problemHandler({ log, begin: begin.begin, onAnswered: report }))
  return app
}
