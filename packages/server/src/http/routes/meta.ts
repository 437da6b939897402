import { endpoints, openApiDocument } from '@secure-chat/protocol'
import type { Services } from '../../services.ts'
import { renderDocs } from '../docs-page.ts'
import { mount, type Routes } from '../endpoint.ts'
import { pageHeaders } from '../headers.ts'

/** What the server says of itself and of its API. */
export function metaRoutes(routes: Routes, { about, wellKnown, health }: Services): void {
  mount(routes, endpoints.wellKnown, async () => wellKnown())
  mount(routes, endpoints.livez, async () => ({ status: 'OK' }))
  mount(routes, endpoints.readyz, async () => {
    await health.checkReady()
    return { status: 'OK' }
  })

  const document = { openapi: '', ...openApiDocument(about) }
  mount(routes, endpoints.openapi, async () => document)

  const { html, styleHash } = renderDocs(document)
  const page = Buffer.from(html)
  const headers = [
    ...pageHeaders({ style: styleHash }),
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Length',
    String(page.length),
  ]
  routes.add({
    endpoint: endpoints.docs,
    kind: 'answer',
    async run(_request, response) {
      response.writeHead(200, headers)
      response.end(page)
    },
  })
}
