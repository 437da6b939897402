import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { z } from 'zod'
import { type Endpoint, endpoints, errorTable, limits, parseInput } from '../../src/index.ts'
import { runs } from '../runs.ts'
import { thrown } from '../thrown.ts'

const all = Object.entries<Endpoint>(endpoints)

test('every endpoint is listed under its own name, once', () => {
  for (const [name, endpoint] of all) expect(endpoint.name).toBe(name)
  const routes = all.map(([, { method, path }]) => `${method} ${path}`)
  expect(new Set(routes).size).toBe(routes.length)
})

test('only these are open; everything else needs a proof', () => {
  const open = all.filter(([, { access }]) => access === 'open').map(([name]) => name)
  expect(open.sort()).toEqual(
    ['docs', 'livez', 'login', 'openapi', 'readyz', 'recover', 'register', 'wellKnown'].sort(),
  )
})

test('the documented calls keep method and path', () => {
  const route = (name: keyof typeof endpoints) =>
    `${endpoints[name].method} ${endpoints[name].path}`
  expect(route('register')).toBe('POST /chat/auth/register')
  expect(route('login')).toBe('POST /chat/auth/login')
  expect(route('logout')).toBe('POST /chat/auth/logout')
  expect(route('listUsers')).toBe('GET /chat/users')
  expect(route('setPresence')).toBe('POST /chat/presence/:username')
  expect(route('getPublicKey')).toBe('GET /chat/:username/publickey')
  expect(route('keyExchange')).toBe('POST /chat/:username/keyexchange')
  expect(route('readMessages')).toBe('GET /chat/messages')
  expect(route('sendMessage')).toBe('POST /chat/:username')
})

test('names only errors that have a status', () => {
  for (const [, { errors }] of all) {
    expect(new Set(errors).size).toBe(errors.length)
    for (const code of errors) expect(errorTable[code].status).not.toBeNull()
  }
})

test('every parameter of a path has its schema', () => {
  for (const [, { path, params }] of all) {
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
    expect(Object.keys((params as { shape?: object } | undefined)?.shape ?? {})).toEqual(names)
  }
})

test('answers have exactly these members: one more is a decision, not an accident', () => {
  const members = Object.fromEntries(
    all
      .filter(([, { produces }]) => produces === undefined)
      .map(([name, { response }]) => [name, membersOf(jsonSchemaOf(response)).join(' ')]),
  )
  const presence = 'name state text last_seen'
  const record = 'id type sender message timestamp meta'
  expect(members).toEqual({
    register: 'status name',
    login: 'session-key session_id expires_at',
    logout: 'status',
    listUsers: `users ${presence} online next`,
    setPresence: 'status',
    getPublicKey:
      'name public-key fingerprint seq changed_at changes seq old_key new_key new_public_key at proof',
    keyExchange: 'status id timestamp',
    readMessages: `messages ${record} next more`,
    sendMessage: 'status id timestamp',
    listSessions: 'sessions session_id created_at last_used_at expires_at current client',
    revokeSession: 'status',
    changePassword: 'status',
    changeKey: 'status fingerprint seq',
    recover: 'status fingerprint seq',
    removeAccount: 'status',
    listBlocks: 'blocks',
    block: 'status',
    unblock: 'status',
    wellKnown:
      'server_id versions registration limits body_bytes message_bytes encrypted_key_bytes presence_text_characters messages_page users_page wait_seconds retention_days retention_bytes',
    livez: 'status',
    readyz: 'status',
    openapi: 'openapi',
  })
})

test('every example is valid by its own schema', () => {
  for (const [, { examples, body, response }] of all) {
    // The keys in examples are shortened, and are text to the schema.
    if (examples?.body !== undefined) expect(body?.safeParse(examples.body).error).toBeUndefined()
    if (examples?.response !== undefined) {
      expect(response.parse(examples.response)).toEqual(examples.response)
    }
  }
})

describe('queries are read strictly:', () => {
  const limit = (value: unknown) =>
    parseInput(endpoints.readMessages.query, { limit: value }, 'query').limit

  test('defaults', () => {
    expect(parseInput(endpoints.readMessages.query, {}, 'query')).toEqual({ limit: 500, wait: 0 })
    expect(parseInput(endpoints.listUsers.query, {}, 'query')).toEqual({ limit: 100 })
  })

  test('whole numbers of digits', () => {
    expect([limit('1'), limit('1000')]).toEqual([1, 1000])
    expect(parseInput(endpoints.readMessages.query, { wait: '0' }, 'query').wait).toBe(0)
  })

  test.each([
    '',
    '0',
    '-1',
    '1001',
    '1e2',
    '1.0',
    '+1',
    ' 1',
    '1 ',
    '01',
    '0x10',
    '١',
    'NaN',
    '1\n',
    '9'.repeat(400),
    ['1', '2'],
    { a: '1' },
    1,
    null,
    true,
  ])('refuses limit=%j', (value) => {
    expect(thrown(() => limit(value)).code).toBe('invalid_request')
  })

  test.each(['', 'True', '1', 'yes', ['true', 'true']])('refuses online=%j', (online) => {
    const call = () => parseInput(endpoints.listUsers.query, { online }, 'query')
    expect(thrown(call).code).toBe('invalid_request')
  })

  test('online=false is false', () => {
    expect(parseInput(endpoints.listUsers.query, { online: 'false' }, 'query').online).toBe(false)
  })

  test.each(['', 'a b', 'a\nb', 'é', 'a'.repeat(257), '\0'])(
    'after=%j is a bad cursor',
    (after) => {
      expect(thrown(() => parseInput(endpoints.readMessages.query, { after }, 'query')).code).toBe(
        'bad_cursor',
      )
    },
  )
})

describe('texts:', () => {
  const send = (body: object) => parseInput(endpoints.sendMessage.body, body, 'body')
  const presence = (text: unknown) =>
    parseInput(endpoints.setPresence.body, { status: 'away', text }, 'body')

  test('a message may be 192 KiB of UTF-8, and not a byte more', () => {
    const max = limits.messageMaxBytes
    expect(send({ message: 'a'.repeat(max) }).message).toHaveLength(max)
    expect(send({ message: '€'.repeat(max / 3) }).message).toHaveLength(max / 3)
    for (const message of [
      'a'.repeat(max + 1),
      `${'€'.repeat(max / 3)}a`,
      'é'.repeat(max / 2 + 1),
      '',
    ]) {
      expect(thrown(() => send({ message })).code).toBe('invalid_request')
    }
  })

  test.each(['\0', 'a\0b', '\ud800', 'x\udc00', ['a'], { $gt: '' }, 1, null, true])(
    'refuses the message %j',
    (message) => {
      expect(thrown(() => send({ message })).code).toBe('invalid_request')
    },
  )

  test.each([
    '',
    'x',
    '15d607b9539846 71a4729682d7c903dc',
    '{15d607b9-5398-4671-a472-9682d7c903dc}',
    '15d607b9-5398-4671-a472-9682d7c903dc\n',
    null,
  ])('refuses the id %j', (id) => {
    expect(thrown(() => send({ message: 'x', id })).code).toBe('invalid_request')
  })

  test('a presence text has at most 140 characters, counted as people do', () => {
    expect(presence('😀'.repeat(140)).text).toHaveLength(280)
    expect(presence('').text).toBe('')
    for (const text of [
      'x'.repeat(141),
      '😀'.repeat(141),
      'a\0',
      'a\u001b[2J',
      'a\nb',
      '\ud83d',
      null,
      7,
    ]) {
      expect(thrown(() => presence(text)).code).toBe('invalid_request')
    }
  })

  test('a password has 8 to 1024 characters of any Unicode, unmodified', () => {
    const { body } = endpoints.register
    const register = (password: unknown) =>
      parseInput(body, { name: 'alice', password, 'pub-key': '' }, 'body').password
    for (const good of [
      '12345678',
      '😀'.repeat(1024),
      ' spaces  ',
      'nul\0inside',
      'e\u0301'.repeat(4),
    ]) {
      expect(register(good)).toBe(good)
    }
    expect(thrown(() => register('1234567')).code).toBe('weak_password')
    expect(thrown(() => register('😀'.repeat(7))).code).toBe('weak_password')
    for (const bad of [
      'x'.repeat(1025),
      '😀'.repeat(1025),
      'x'.repeat(100_000),
      '1234567\ud800',
      ['12345678'],
      12345678,
    ]) {
      expect(thrown(() => register(bad)).code).toBe('invalid_request')
    }
  })

  test('a password that is only checked may be short: a wrong one is not a hint', () => {
    expect(parseInput(endpoints.login.body, { name: 'alice', password: '' }, 'body').password).toBe(
      '',
    )
  })

  test('an exchange must be a compact JWE for somebody', () => {
    const vectors = JSON.parse(
      readFileSync(new URL('../vectors/e2e-v1.json', import.meta.url), 'utf8'),
    )
    const { body } = endpoints.keyExchange
    const { encrypted_key } = vectors.exchange
    expect(parseInput(body, { encrypted_key }, 'body')).toEqual({ encrypted_key })
    expect(
      thrown(() => parseInput(body, { encrypted_key: `${encrypted_key}A` }, 'body')).code,
    ).toBe('invalid_request')
  })
})

test('no input of any kind makes a schema fail other than by a ChatError of 4xx', () => {
  const field = fc.oneof(
    fc.anything(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '__proto__',
      'constructor',
      '\0',
      '\ud800',
      'a'.repeat(100_000),
      '-1',
      '1e9',
      'system',
    ),
  )
  const parts = all.flatMap(([, { params, query, body }]) =>
    [params, query, body].filter((part) => part !== undefined),
  )
  const inputFor = (schema: (typeof parts)[number]) =>
    fc.record(
      Object.fromEntries(
        Object.keys((schema as { shape?: object }).shape ?? {}).map((name) => [name, field]),
      ),
    )
  for (const schema of parts) {
    fc.assert(
      fc.property(inputFor(schema), (input) => {
        try {
          parseInput(schema, input, 'body')
        } catch (error) {
          const { status } = error as { status?: number }
          expect([400, 422]).toContain(status)
        }
      }),
      runs(40),
    )
  }
})

type JsonSchema = { properties?: Record<string, JsonSchema>; items?: JsonSchema }

function membersOf({ properties = {}, items }: JsonSchema): string[] {
  return [
    ...(items ? membersOf(items) : []),
    ...Object.entries(properties).flatMap(([name, schema]) => [name, ...membersOf(schema)]),
  ]
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema)))
}
