import { Validator } from '@seriousme/openapi-schema-validator'
import { type Endpoint, endpoints, openApiDocument } from '../src/index.ts'

type Operation = {
  operationId: string
  security: unknown[]
  responses: Record<string, unknown>
  requestBody?: { content: object }
  parameters?: Array<{ name: string; in: string; schema: object }>
}
type Document = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: { bearerAuth: { description: string } } }
}

const text = JSON.stringify(openApiDocument({ version: '1.2.3', url: 'http://127.0.0.1:8000' }))
const document: Document = JSON.parse(text)

test('is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(JSON.parse(text))
  expect(errors).toBeUndefined()
  expect(valid).toBe(true)
  expect(validator.version).toBe('3.1')
})

test('has every endpoint with its success, its errors and its access', () => {
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    const operation = document.paths[path]?.[endpoint.method.toLowerCase()]
    expect(operation?.operationId).toBe(name)
    expect(Object.keys(operation?.responses ?? {})).toContain(String(endpoint.status))
    expect(operation?.security).toEqual(endpoint.access === 'proof' ? [{ bearerAuth: [] }] : [])
    for (const code of endpoint.errors)
      expect(JSON.stringify(operation?.responses)).toContain(`"${code}"`)
  }
})

test('shows numbers of a query as integers with their bounds', () => {
  const limit = document.paths['/chat/messages']?.get?.parameters?.find(
    ({ name }) => name === 'limit',
  )
  expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 1000, default: 500 })
})

test('shows a flag of a query as a boolean', () => {
  const online = document.paths['/chat/users']?.get?.parameters?.find(
    ({ name }) => name === 'online',
  )
  expect(online?.schema).toEqual({ type: 'boolean' })
})

test('does not forbid what later versions may add', () => {
  expect(text).not.toContain('"additionalProperties":false')
})

test('describes the proof where tools show how to authorise', () => {
  expect(document.components.securitySchemes.bearerAuth.description).toContain(
    'scv1.<sid>.<ts>.<nonce>.<bh>.<mac>',
  )
})

test('offers a form only where a form can say it', () => {
  const content = (path: string, method: string) =>
    Object.keys(document.paths[path]?.[method]?.requestBody?.content ?? {})
  expect(content('/chat/auth/login', 'post')).toEqual([
    'application/json',
    'application/x-www-form-urlencoded',
  ])
  expect(content('/chat/auth/key', 'put')).toEqual(['application/json'])
})
