import * as z from 'zod'
import { commonErrors } from './endpoints/endpoint.ts'
import { type Endpoint, endpoints } from './endpoints/index.ts'
import { type ErrorCode, errorTable } from './errors/index.ts'

type JsonObject = { [member: string]: unknown }

const proofText = `A proof that the caller holds the session key, never the key itself:

    Authorization: Bearer scv1.<sid>.<ts>.<nonce>.<bh>.<mac>

    bh  = base64url(SHA-256(raw body)), of the empty string when there is none
    mac = base64url(HMAC-SHA256(K, "scv1\\n" METHOD "\\n" TARGET "\\n" MEDIA "\\n" ts "\\n" nonce "\\n" bh))

TARGET is the request target as sent (path with query), MEDIA the Content-Type without parameters in lower case (empty when there is no body), ts the milliseconds since the epoch in 13 digits, nonce 12 random bytes in base64url, used once. \`sid\` and K come from login: \`sk1.<sid>.<K>\`.`

/** OpenAPI 3.1 of the whole API, made from the table. */
export function openApiDocument(o: { readonly version: string; readonly url: string }): object {
  const paths: Record<string, JsonObject> = {}
  for (const each of Object.values<Endpoint>(endpoints)) {
    const path = each.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [each.method.toLowerCase()]: operation(each) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'secure-chat',
      version: o.version,
      description:
        'End-to-end encrypted chat. The server keeps accounts, sessions, presence and one durable mailbox per user; it never holds plaintext.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: o.url }],
    tags: [
      { name: 'accounts' },
      { name: 'sessions' },
      { name: 'users' },
      { name: 'messages' },
      { name: 'server' },
    ],
    paths,
    components: {
      schemas: { Problem: problemSchema() },
      securitySchemes: {
        bearerAuth: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'scv1',
          description: proofText,
        },
      },
    },
  }
}

function operation(of: Endpoint): JsonObject {
  return {
    operationId: of.name,
    tags: [of.topic],
    summary: of.summary,
    description: of.description,
    security: of.access === 'proof' ? [{ bearerAuth: [] }] : [],
    ...parametersOf(of),
    ...(of.body && {
      requestBody: { required: true, content: bodyContent(of.body, of.examples?.body) },
    }),
    responses: { [of.status]: success(of), ...failures(of) },
  }
}

function parametersOf(of: Endpoint): JsonObject {
  const parameters = [
    ...(of.params ? parametersIn('path', of.params) : []),
    ...(of.query ? parametersIn('query', of.query) : []),
    ...(of.produces === 'text/event-stream'
      ? [
          {
            name: 'Last-Event-ID',
            in: 'header',
            required: false,
            schema: { type: 'string' },
            description: 'Wins over `after`',
          },
        ]
      : []),
  ]
  return parameters.length > 0 ? { parameters } : {}
}

function parametersIn(where: 'path' | 'query', schema: z.ZodType): JsonObject[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input')
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: shape,
  }))
}

function bodyContent(schema: z.ZodType, example: unknown): JsonObject {
  const shape = jsonSchema(schema, 'input')
  const media = { schema: shape, ...(example !== undefined && { example }) }
  // A form carries texts only, so an object such as the key-change proof cannot travel in one.
  const isFlat = Object.values(shape.properties ?? {}).every(
    (property) => typeof property === 'object' && property.type === 'string',
  )
  return {
    'application/json': media,
    ...(isFlat && { 'application/x-www-form-urlencoded': media }),
  }
}

function success(of: Endpoint): JsonObject {
  const media = of.produces ?? 'application/json'
  const example = of.examples?.response
  return {
    description: of.summary,
    content: {
      [media]: {
        schema:
          media === 'application/json' ? jsonSchema(of.response, 'output') : { type: 'string' },
        ...(example !== undefined && { example }),
      },
    },
  }
}

function failures(of: Endpoint): JsonObject {
  const byStatus = Map.groupBy(
    new Set<ErrorCode>([...of.errors, ...commonErrors(of)]),
    (code) => errorTable[code].status ?? 500,
  )
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, failure(status, codes)]),
  )
}

function failure(status: number, codes: readonly ErrorCode[]): JsonObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${errorTable[code].title}`).join('\n\n'),
    ...((status === 429 || status === 503) && {
      headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } },
    }),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { properties: { code: { enum: codes } } },
          ],
        },
      },
    },
  }
}

function problemSchema(): JsonObject {
  return {
    type: 'object',
    description: 'Problem details (RFC 9457). `error` repeats `detail`; callers test `code`.',
    required: ['type', 'title', 'status', 'detail', 'code', 'error', 'request_id'],
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string' },
      error: { type: 'string' },
      request_id: { type: 'string' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['pointer', 'detail'],
          properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
        },
      },
    },
  }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // zod leaves defaults out of the input side, since they are of the output type; callers want to see them.
    override: ({ zodSchema, jsonSchema: made }) => {
      const stated = z.globalRegistry.get(zodSchema)?.default
      if (typeof stated === 'number') made.default = stated
      // Answers may gain members; a client made from this document must not refuse them.
      if (made.additionalProperties === false) delete made.additionalProperties
    },
  })
  return rest
}
