import * as z from 'zod'
import { endpoint } from './endpoint.ts'

export const wellKnown = endpoint({
  name: 'wellKnown',
  method: 'GET',
  path: '/.well-known/secure-chat',
  access: 'open',
  topic: 'server',
  response: z.object({
    server_id: z.uuid().meta({ description: 'Made at the first start; key-change proofs name it' }),
    versions: z.array(z.int().positive()).meta({ description: 'End-to-end protocol versions' }),
    registration: z.enum(['open', 'closed']),
    limits: z.object({
      body_bytes: z.int().positive(),
      message_bytes: z.int().positive(),
      encrypted_key_bytes: z.int().positive(),
      presence_text_characters: z.int().positive(),
      messages_page: z.int().positive(),
      users_page: z.int().positive(),
      wait_seconds: z.int().nonnegative(),
      retention_days: z.number().positive(),
      retention_bytes: z.number().positive(),
    }),
  }),
  status: 200,
  errors: ['database_unavailable'],
  summary: 'What this server is and allows',
  description: 'Answers without a session.',
  examples: {
    response: {
      server_id: '6f9c2f5e-0d0b-4c0e-9a51-3f2f7f0c8a11',
      versions: [1],
      registration: 'open',
      limits: {
        body_bytes: 262144,
        message_bytes: 196608,
        encrypted_key_bytes: 16384,
        presence_text_characters: 140,
        messages_page: 1000,
        users_page: 1000,
        wait_seconds: 30,
        retention_days: 30,
        retention_bytes: 1073741824,
      },
    },
  },
})

export const livez = endpoint({
  name: 'livez',
  method: 'GET',
  path: '/livez',
  access: 'open',
  topic: 'server',
  response: z.object({ status: z.literal('OK') }),
  status: 200,
  errors: [],
  summary: 'Is the process alive?',
  description: 'Asks no engine.',
  examples: { response: { status: 'OK' } },
})

export const readyz = endpoint({
  name: 'readyz',
  method: 'GET',
  path: '/readyz',
  access: 'open',
  topic: 'server',
  response: z.object({ status: z.literal('OK') }),
  status: 200,
  errors: ['database_unavailable', 'queue_unavailable', 'shutting_down'],
  summary: 'Can it serve?',
  description: 'Asks the engines; 503 with the code of the one that fails, and while draining.',
  examples: { response: { status: 'OK' } },
})

export const openapi = endpoint({
  name: 'openapi',
  method: 'GET',
  path: '/openapi.json',
  access: 'open',
  topic: 'server',
  response: z.looseObject({ openapi: z.string() }),
  status: 200,
  errors: [],
  summary: 'This description',
  description: 'OpenAPI 3.1.',
})

export const docs = endpoint({
  name: 'docs',
  method: 'GET',
  path: '/docs',
  access: 'open',
  topic: 'server',
  response: z.string(),
  produces: 'text/html',
  status: 200,
  errors: [],
  summary: 'The documentation as a page',
  description: 'Works without internet.',
})
