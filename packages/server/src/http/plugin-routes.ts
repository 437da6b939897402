import { parse } from 'node:querystring'
import { bodyHash, ChatError, parseJson } from '@secure-chat/protocol'
import type {
  ErrorRequestHandler,
  Express,
  Request,
  RequestHandler,
  Response,
  Router,
} from 'express'
import type { PluginHost } from '../plugins/index.ts'
import type { Log } from '../ports/index.ts'
import { parseForm } from './form.ts'
import { securityHeaders } from './headers.ts'
import { mediaTypeOf } from './media-type.ts'
import { queryOf } from './parse-call.ts'
import { readBody } from './raw-body.ts'
import { stateOf } from './request-state.ts'
import type { MountDeps } from './router.ts'

type Mount = ReturnType<PluginHost['mounts']>[number]
type Current = NonNullable<ReturnType<Mount['current']>>

interface PluginMountDeps extends MountDeps {
  readonly log: Log
}

/** A request on its way through one plugin. */
interface Way {
  readonly current: Current
  /** The plugin's own code runs: what is thrown now is its doing. */
  isInPlugin: boolean
}

/**
 * Routes of plugins under `/plugins/<name>`. `signedIn` ones are behind the session proof as every call of the API;
 * `open` ones are the only others, and a call that brings a proof has it checked there too, before its body is read.
 */
export function mountPlugins(app: Express, mounts: readonly Mount[], deps: PluginMountDeps): void {
  for (const mount of mounts) {
    const path = `/plugins/${mount.name}`
    const { handlers, onError } = handlersOf(mount, deps)
    app.use(path, deps.begin.handler(path), ...handlers)
    app.use(path, onError)
  }
}

function handlersOf(
  mount: Mount,
  deps: PluginMountDeps,
): { handlers: RequestHandler[]; onError: ErrorRequestHandler } {
  const ways = new WeakMap<Request, Way>()

  function wayOf(request: Request): Way {
    const way = ways.get(request)
    if (way === undefined) throw new TypeError('The request did not enter.')
    return way
  }

  function enter(request: Request, response: Response): void {
    const current = mount.current()
    if (current === undefined) throw new ChatError('not_found')
    ways.set(request, { current, isInPlugin: false })
    for (let i = 0; i < securityHeaders.length; i += 2) {
      response.setHeader(String(securityHeaders[i]), String(securityHeaders[i + 1]))
    }
    response.setHeader('Cache-Control', 'no-store')
    const startedAt = performance.now()
    response.once('finish', () => {
      current.hook.stats.calls += 1
      current.hook.stats.took(performance.now() - startedAt)
      // What went wrong was counted with its problem document.
      if (!response.locals.isProblem) deps.onAnswered?.(request, response.statusCode)
    })
  }

  const handOver =
    (part: (current: Current) => Router | undefined): RequestHandler =>
    (request, response, next) => {
      const way = wayOf(request)
      const router = part(way.current)
      if (router === undefined) return next()
      way.isInPlugin = true
      router(request, response, (error?: unknown) => {
        const isPassedOn = error === undefined || error === 'route' || error === 'router'
        if (!isPassedOn) return next(error)
        way.isInPlugin = false
        next()
      })
    }

  const handlers: RequestHandler[] = [
    (request, response, next) => {
      enter(request, response)
      next()
    },
    (request, response, next) => {
      const isOpen = wayOf(request).current.open !== undefined && !bringsProof(request)
      if (isOpen) next()
      else deps.sessionAuth(request, response, next)
    },
    (request, response, next) => {
      receive(request, response, deps).then(() => next(), next)
    },
    handOver(({ open }) => open),
    (request, _response, next) => {
      if (wayOf(request).current.signedIn === undefined) throw new ChatError('not_found')
      if (stateOf(request).session !== undefined) return next()
      const hasToken = request.headers.authorization !== undefined
      throw new ChatError(hasToken ? 'token_invalid' : 'token_missing')
    },
    handOver(({ signedIn }) => signedIn),
    () => {
      throw new ChatError('not_found')
    },
  ]

  /** Express knows an error handler by its four parameters. */
  const onError: ErrorRequestHandler = (thrown: unknown, request, response, next) => {
    response.locals.isProblem = true
    const way = ways.get(request)
    if (!way?.isInPlugin) return next(thrown)
    const { stats } = way.current.hook
    const text = thrown instanceof Error ? thrown.message : String(thrown)
    stats.failures += 1
    stats.lastFailure = { at: Date.now(), text: text.slice(0, 500) }
    const fields = { event: 'plugin.failed', plugin: mount.name, hook: 'routes' }
    deps.log.warn({ ...fields, request_id: request.chat?.requestId, err: thrown }, 'plugin failed')
    next(new ChatError('internal', undefined, { cause: thrown }))
  }

  return { handlers, onError }
}

/** A webhook may bring a token of its own making; a proof is known by its first letters. */
function bringsProof(request: Request): boolean {
  return /^bearer +scv1\./i.test(request.headers.authorization ?? '')
}

async function receive(
  request: Request,
  response: Response,
  { recheckSession }: Pick<MountDeps, 'recheckSession'>,
): Promise<void> {
  const state = stateOf(request)
  const body = await readBody(request, response)
  state.body = body
  // A body may take its time: what ended meanwhile must not act.
  if (state.session !== undefined) recheckSession(state.session)
  if (state.proof !== undefined && bodyHash(body) !== state.proof.bodyHash) {
    throw new ChatError('token_invalid')
  }
  request.body = parsed(request, body)
  // The server's own calls have a parser of their own, so Express parses none. Plugins get what its default gives.
  const query = parse(queryOf(request.url))
  Object.defineProperty(request, 'query', { value: query, enumerable: true, writable: true })
}

/** JSON and forms as values, anything else as its bytes; nothing as an empty object. */
function parsed(request: Request, body: Buffer): unknown {
  if (body.length === 0) return {}
  const mediaType = mediaTypeOf(request)
  if (mediaType === 'application/json') return parseJson(body)
  if (mediaType === 'application/x-www-form-urlencoded') return parseForm(body.toString(), 'body')
  return body
}
