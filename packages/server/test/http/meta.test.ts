import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../../src/testing.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

test('answers livez, readyz, well-known without a session', async () => {
  for (const path of ['/livez', '/readyz']) {
    const response = await fetch(server.url + path)
    expect([response.status, await response.json()]).toEqual([200, { status: 'OK' }])
  }
  const known = await (await fetch(`${server.url}/.well-known/secure-chat`)).json()
  expect(known).toMatchObject({ versions: [1], registration: 'open' })
})

test('describes itself as OpenAPI 3.1 with the session proof as bearerAuth', async () => {
  const response = await fetch(`${server.url}/openapi.json`)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    openapi: expect.stringMatching(/^3\.1\./),
    components: { securitySchemes: { bearerAuth: { scheme: 'bearer' } } },
  })
})

test('shows a documentation page that loads nothing and satisfies its own policy', async () => {
  const response = await fetch(`${server.url}/docs`)
  const html = await response.text()
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(html).not.toMatch(
    /<(script|link|img|iframe|object)\b|@import|<a href="(?!#|\/openapi\.json")/,
  )
  expect(html).not.toMatch(/ style="/)
  const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(html) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  expect(policy).toContain(`style-src 'sha256-${hash}'`)
  expect(policy).toContain("default-src 'none'")
  expect(html).toContain('POST /chat/{username}/keyexchange')
})

test('answers HEAD like GET without a body, and OPTIONS with the methods', async () => {
  const head = await fetch(`${server.url}/livez`, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    200,
    '15',
    '',
  ])
  const options = await fetch(`${server.url}/chat/auth/login`, { method: 'OPTIONS' })
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST'])
})
