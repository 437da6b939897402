/** compose.yaml, as far as it can be checked without Docker: its form, what it refers to, and the settings it gives the server. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import { settingsTable } from '../../packages/server/src/config/settings.ts'
import { loadConfig } from '../../packages/server/src/config.ts'

const root = join(import.meta.dirname, '../..')

/** What we use of the Compose specification; a word it does not know is a mistake here. */
const service = z.strictObject({
  image: z.string(),
  build: z.literal('.').optional(),
  restart: z.literal('unless-stopped'),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.literal('service_healthy') }))
    .optional(),
  healthcheck: z
    .strictObject({
      test: z.tuple([z.literal('CMD')], z.string()),
      interval: z.string().regex(/^\d+s$/),
      timeout: z.string().regex(/^\d+s$/),
      retries: z.int(),
      start_period: z.string().regex(/^\d+s$/),
    })
    .optional(),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
})
const schema = z.strictObject({
  name: z.string(),
  'x-node': service,
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
})

const text = readFileSync(join(root, 'compose.yaml'), 'utf8')
const compose = schema.parse(parse(text, { merge: true }))
const services = Object.entries(compose.services)

test('brings up MongoDB, Kafka and two nodes of the server behind a proxy', () => {
  expect(Object.keys(compose.services).sort()).toEqual([
    'kafka',
    'mongo',
    'node-1',
    'node-2',
    'proxy',
  ])
  const caddyfile = readFileSync(join(root, 'deploy/Caddyfile'), 'utf8')
  const nodes = services.filter(([, { build }]) => build === '.').map(([name]) => name)
  expect(nodes).toEqual(['node-1', 'node-2'])
  expect(caddyfile).toContain(`reverse_proxy ${nodes.map((node) => `${node}:8000`).join(' ')} {`)
})

test('waits only for services that are there and say when they are healthy', () => {
  for (const [name, { depends_on }] of services) {
    for (const other of Object.keys(depends_on ?? {})) {
      expect({ name, other, check: compose.services[other]?.healthcheck }).toMatchObject({
        check: { test: expect.any(Array) },
      })
    }
  }
})

test('mounts only volumes that it declares and files that are in the repository', () => {
  for (const [, { volumes = [] }] of services) {
    for (const volume of volumes) {
      const [source = ''] = volume.split(':')
      expect([volume, source in compose.volumes || existsSync(join(root, source))]).toEqual([
        volume,
        true,
      ])
    }
  }
})

test('publishes nothing beyond this machine', () => {
  for (const [, { ports = [] }] of services) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
  }
})

test('gives the server settings that it knows and accepts, and a secret that nobody else has', async () => {
  const names = new Set<string>(Object.values(settingsTable).map(({ name }) => name))
  const environment = compose.services['node-1']?.environment ?? {}
  expect(Object.keys(environment).filter((name) => !names.has(name))).toEqual([])
  expect(environment.SESSION_SECRET).toMatch(/^\$\{SESSION_SECRET:\?/)
  const given = Object.entries(environment).map(([name, value]) => [
    name,
    value.replace(/^\$\{\w+:-(.*)\}$/, '$1'),
  ])
  const settings = await loadConfig(
    { ...Object.fromEntries(given), SESSION_SECRET: 'q7Zr0c5Xw1eG8uV3nB6mK9sD2fH4jL7pT0yR5aE8iO1' },
    root,
  )
  expect(settings).toMatchObject({ trustProxy: 1, publicUrl: 'http://127.0.0.1:8000' })
  expect(compose.services['node-2']).toEqual(compose.services['node-1'])
})
