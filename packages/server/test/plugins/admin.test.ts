import { startTestServer, type TestServer } from '../../src/testing.ts'
import { codeOf } from '../support/account.ts'
import { pluginOf, transform } from './support/plugin-server.ts'

const adminToken = 'Zq8vT3nLw6yRk1bXc9dFg2hJm5pSs7uA'
let server: TestServer

const start = async (settings: Record<string, unknown> = { adminToken }) => {
  server = await startTestServer({
    settings: { metricsPort: 0, ...settings },
    plugins: [
      {
        plugin: pluginOf('filter', {
          ...transform(({ message }) => {
            if (message === 'boom') throw new Error('boom')
            return { kind: 'pass' }
          }),
          routes: {
            open(router) {
              router.get('/up', (_request, response) => {
                response.json({})
              })
            },
          },
        }),
        timeoutMs: 100,
      },
    ],
  })
}
afterEach(() => server.close())

const ask = (method: string, path: string, token: string | undefined = adminToken) =>
  fetch(`${server.metricsUrl}${path}`, {
    method,
    ...(token !== '' && { headers: { authorization: `Bearer ${token}` } }),
  })

test('GET /plugins needs the admin token, and is not on the public port', async () => {
  await start()
  expect((await ask('GET', '/plugins')).status).toBe(200)
  for (const [token, code] of [
    ['', 'token_missing'],
    ['wrong', 'token_invalid'],
  ] as const) {
    for (const [method, path] of [
      ['GET', '/plugins'],
      ['POST', '/plugins/filter/disable'],
      ['POST', '/plugins/filter/enable'],
    ] as const) {
      const refused = await ask(method, path, token)
      expect([path, refused.status, await codeOf(refused)]).toEqual([path, 401, code])
    }
  }
  expect(server.plugins.list()[0]?.state).toBe('running')
  const elsewhere = await fetch(`${server.url}/plugins`, {
    headers: { authorization: `Bearer ${adminToken}` },
  })
  expect(elsewhere.status).toBe(404)
})

test('without an admin token nobody reaches the plugins, though the metrics are open', async () => {
  await start({})
  expect((await ask('GET', '/metrics', '')).status).toBe(200)
  for (const token of ['', 'undefined', adminToken]) {
    expect((await ask('GET', '/plugins', token)).status).toBe(401)
    expect((await ask('POST', '/plugins/filter/disable', token)).status).toBe(401)
  }
})

test('shows state, failures and how long calls took', async () => {
  await start()
  const { pipeline } = server.plugins.points
  const envelope = {
    sender: 'alice',
    recipient: 'bob',
    id: 'i',
    type: 'CHAT_MESSAGE',
    timestamp: '',
    meta: {},
  }
  const send = (message: string) =>
    pipeline.transformOf('CHAT_MESSAGE')?.({ ...envelope, message } as never, { requestId: 'r1' })
  await send('hi')
  await send('boom')?.catch(() => undefined)
  const { plugins } = Object(await (await ask('GET', '/plugins')).json())
  expect(plugins).toEqual([
    {
      name: 'filter',
      use: 'filter',
      version: 'embedded',
      state: 'running',
      capabilities: ['transformEnvelope', 'routes'],
      routes: { open: ['GET /up'], signed_in: [] },
      isolated: false,
      timeout_ms: 100,
      on_failure: 'refuse',
      calls: 2,
      failures: 1,
      p50: expect.any(Number),
      p99: expect.any(Number),
      hooks: [
        expect.objectContaining({
          hook: 'transformEnvelope',
          breaker: 'closed',
          calls: 2,
          failures: 1,
          last_failure: { at: expect.any(String), text: 'threw boom' },
        }),
        expect.objectContaining({ hook: 'routes', calls: 0, p50: null, last_failure: null }),
      ],
    },
  ])
})

test('switches a plugin off and on: its routes are gone meanwhile', async () => {
  await start()
  const up = async () => (await fetch(`${server.url}/plugins/filter/up`)).status
  expect(await up()).toBe(200)
  const off = await ask('POST', '/plugins/filter/disable')
  expect([off.status, Object(await off.json()).state]).toEqual([200, 'disabled'])
  expect(server.plugins.points.pipeline.transformOf('CHAT_MESSAGE')).toBeUndefined()
  expect(await up()).toBe(404)
  const on = await ask('POST', '/plugins/filter/enable')
  expect([on.status, Object(await on.json()).state]).toEqual([200, 'running'])
  expect(await up()).toBe(200)
  const unknown = await ask('POST', '/plugins/nobody/enable')
  expect([unknown.status, await codeOf(unknown)]).toEqual([404, 'not_found'])
})

test('the metrics have every hook of every plugin, and what plugins count themselves', async () => {
  await start()
  const text = await (await ask('GET', '/metrics')).text()
  for (const line of [
    'secure_chat_plugin_running{plugin="filter"} 1',
    'secure_chat_plugin_calls_total{plugin="filter",hook="transformEnvelope"} 0',
    'secure_chat_plugin_failures_total{plugin="filter",hook="transformEnvelope"} 0',
    'secure_chat_plugin_breaker_open{plugin="filter",hook="transformEnvelope"} 0',
    'secure_chat_plugin_call_duration_seconds_bucket{plugin="filter",hook="transformEnvelope",le="+Inf"} 0',
  ]) {
    expect(text).toContain(line)
  }
})
