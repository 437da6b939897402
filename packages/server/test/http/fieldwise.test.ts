import { expect, test } from '@jest/globals'
import { type Endpoint, endpoints } from '@secure-chat/protocol'
import { z } from 'zod'
import { fieldwise } from '../../src/http/fieldwise.ts'

test('leaves behind what the schema does not name, at any depth', () => {
  const build = fieldwise(
    z.object({
      name: z.string(),
      list: z.array(
        z.object({ id: z.string(), meta: z.record(z.string(), z.string()).optional() }),
      ),
      next: z.object({ a: z.number() }).nullable(),
    }),
  )
  const secret = { passwordHash: 'x' }
  expect(
    build({
      name: 'alice',
      ...secret,
      list: [
        { id: '1', ...secret },
        { id: '2', meta: { k: 'v' }, ...secret },
      ],
      next: { a: 1, ...secret },
    }),
  ).toEqual({ name: 'alice', list: [{ id: '1' }, { id: '2', meta: { k: 'v' } }], next: { a: 1 } })
  expect(build({ name: 'alice', list: [], next: null })).toEqual({
    name: 'alice',
    list: [],
    next: null,
  })
})

test('strips the documented example of every JSON answer to exactly itself', () => {
  for (const { name, response, produces, examples } of Object.values<Endpoint>(endpoints)) {
    if (produces !== undefined || examples?.response === undefined) continue
    const example = Object(examples.response)
    const build = fieldwise(response)
    expect([name, build({ ...example, secret: 'x' })]).toEqual([name, example])
  }
})

/** The keys of every answer: this fails when one is added, so that adding one is a decision. */
test('names the fields of every JSON answer', () => {
  const keys = Object.values<Endpoint>(endpoints).flatMap(({ name, response, produces }) =>
    produces === undefined && response instanceof z.ZodObject
      ? [`${name}: ${Object.keys(response.shape).join(' ')}`]
      : [],
  )
  expect(keys).toEqual([
    'register: status name',
    'login: session-key session_id expires_at',
    'logout: status',
    'listUsers: users next',
    'setPresence: status',
    'getPublicKey: name public-key fingerprint seq changed_at changes',
    'keyExchange: status id timestamp',
    'readMessages: messages next more',
    'sendMessage: status id timestamp',
    'listSessions: sessions',
    'revokeSession: status',
    'changePassword: status',
    'changeKey: status fingerprint seq',
    'recover: status fingerprint seq',
    'removeAccount: status',
    'listBlocks: blocks',
    'block: status',
    'unblock: status',
    'wellKnown: server_id versions registration limits',
    'livez: status',
    'readyz: status',
    'openapi: openapi',
  ])
})
