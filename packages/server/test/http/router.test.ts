import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Endpoint, endpoints } from '@secure-chat/protocol'
import { makeRoutes } from '../../src/http/router.ts'
import { declareRoutes } from '../../src/http/routes/all.ts'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import { codeOf } from '../support/account.ts'

/** Every new public path is a decision: it is added here by hand, with a reason in the review (ASVS 8.1). */
const open = [
  'GET /.well-known/secure-chat',
  'GET /docs',
  'GET /livez',
  'GET /openapi.json',
  'GET /readyz',
  'POST /chat/auth/login',
  'POST /chat/auth/recover',
  'POST /chat/auth/register',
]

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** What Express has really mounted, not what we think we mounted; `all` is the refusal of other methods. */
function mountedRoutes(): string[] {
  return server.app.router.stack.flatMap(({ route }) => {
    if (!route) return []
    const methods = new Set(route.stack.map(({ method }) => method))
    return [...methods]
      .filter((method) => method !== undefined && method !== 'head')
      .map((method) => `${method.toUpperCase()} ${route.path}`)
  })
}

test('mounts every endpoint of the table and nothing else', () => {
  const table = Object.values<Endpoint>(endpoints).map(({ method, path }) => `${method} ${path}`)
  expect(mountedRoutes().sort()).toEqual(table.sort())
})

test('answers 401 without a proof on every route that is not on the public list', async () => {
  for (const route of mountedRoutes()) {
    const [method = '', path = ''] = route.split(' ')
    const response = await fetch(server.url + path.replace(/:\w+/g, 'alice'), {
      method,
      ...(method !== 'GET' && { headers: { 'content-type': 'application/json' }, body: '{}' }),
    })
    if (open.includes(route)) expect([route, response.status]).not.toEqual([route, 401])
    else
      expect([route, response.status, await codeOf(response)]).toEqual([
        route,
        401,
        'token_missing',
      ])
  }
})

test('lets documented fixed paths win over user names', () => {
  const paths = mountedRoutes().map((route) => route.split(' ')[1] ?? '')
  const firstOfName = paths.findIndex((path) => path.startsWith('/chat/:'))
  const lastFixed = paths.findLastIndex(
    (path) => path.startsWith('/chat/') && !path.startsWith('/chat/:'),
  )
  expect(firstOfName).toBeGreaterThan(lastFixed)
})

test('refuses to mount one endpoint twice', () => {
  const routes = makeRoutes()
  declareRoutes(routes, server.services)
  expect(() => declareRoutes(routes, server.services)).toThrow(/declared twice/)
})
