import { createHash, timingSafeEqual } from 'node:crypto'
import { ChatError } from '@secure-chat/protocol'
import express, { type Express, type RequestHandler } from 'express'
import type { Metrics } from '../ops/metrics.ts'
import type { PluginHost } from '../plugins/index.ts'
import type { Log } from '../ports/index.ts'
import { mountAdminOfPlugins } from './admin-plugins.ts'
import { securityHeaders } from './headers.ts'
import { problemHandler } from './problem.ts'

/**
 * The operator's listener: metrics, behind the admin token where other machines reach it, and calls to plugins, which
 * always need it. Never on the public port.
 */
export function makeAdminApp({
  metrics,
  plugins,
  adminToken,
  areMetricsOpen,
  log,
}: {
  readonly metrics: Metrics
  readonly plugins: Pick<PluginHost, 'list' | 'enable' | 'disable'>
  readonly adminToken: string | undefined
  /** To whoever reaches the listener. */
  readonly areMetricsOpen: boolean
  readonly log: Log
}): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const token = adminToken === undefined ? [] : [requireToken(adminToken)]
  app.get('/metrics', ...(areMetricsOpen ? [] : token), async (_request, response) => {
    const text = await metrics.text()
    response.writeHead(200, [
      ...securityHeaders,
      'Content-Type',
      metrics.contentType,
      'Content-Length',
      String(Buffer.byteLength(text)),
    ])
    response.end(text)
  })
  if (token.length > 0) app.use(...token)
  mountAdminOfPlugins(app, plugins, adminToken !== undefined)
  app.use(() => {
    throw new ChatError('not_found')
  })
  app.use(problemHandler({ log, begin: () => {}, onAnswered: undefined }))
  return app
}

function requireToken(adminToken: string): RequestHandler {
  const expected = digest(`Bearer ${adminToken}`)
  return (request, _response, next) => {
    const header = request.headers.authorization
    if (header === undefined) throw new ChatError('token_missing', 'This needs the admin token.')
    // Digests have one length, whatever was sent.
    if (!timingSafeEqual(digest(header), expected)) throw new ChatError('token_invalid')
    next()
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
