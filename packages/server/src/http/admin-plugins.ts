import { ChatError } from '@secure-chat/protocol'
import type { Express, RequestHandler, Response } from 'express'
import type { PluginHost } from '../plugins/index.ts'
import { securityHeaders } from './headers.ts'

/**
 * `GET /plugins`, `POST /plugins/<name>/enable` and `/disable` for the operator. A plugin that is switched off here
 * comes back with the next start: what runs is the configuration's word.
 */
export function mountAdminOfPlugins(
  app: Express,
  plugins: Pick<PluginHost, 'list' | 'enable' | 'disable'>,
  hasToken: boolean,
): void {
  app.use('/plugins', requireSettings(hasToken))
  app.get('/plugins', (_request, response) => {
    answer(response, { plugins: plugins.list() })
  })
  app.post('/plugins/:name/enable', async ({ params: { name } }, response) => {
    answer(response, await plugins.enable(name))
  })
  app.post('/plugins/:name/disable', async ({ params: { name } }, response) => {
    answer(response, await plugins.disable(name))
  })
}

/** The metrics may be for every program of the machine; switching a filter off is not. */
function requireSettings(hasToken: boolean): RequestHandler {
  return (_request, _response, next) => {
    if (hasToken) return next()
    throw new ChatError('token_missing', 'Calls to plugins need ADMIN_TOKEN to be set.')
  }
}

function answer(response: Response, content: object): void {
  const body = Buffer.from(JSON.stringify(content))
  response.writeHead(200, [
    ...securityHeaders,
    'Cache-Control',
    'no-store',
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(body.length),
  ])
  response.end(body)
}
