import { jest } from '@jest/globals'
import {
  commonErrors,
  type Endpoint,
  endpoints,
  errorTable,
  isErrorCode,
  limits,
} from '@secure-chat/protocol'
import fc from 'fast-check'
import { startTestServer, type TestServer } from '../../src/testing.ts'
import { hostileText, hostileValue } from '../support/hostile.ts'
import { makeSignUp, type TestUser } from '../support/http.ts'
import { callRaw, type RawAnswer } from '../support/raw-call.ts'

const effort = Number(process.env.FC_RUNS ?? 1)
const rounds = 12 * effort
// A password is hashed in nearly every round of some.
jest.setTimeout(60_000 * effort)
const uuid = '15d607b9-5398-4671-a472-9682d7c903dc'

/** One good value a field, so that one bad one at a time reaches the place that must refuse it. Passwords are wrong on purpose: nothing is changed. */
const good: Record<string, unknown> = {
  name: 'alice',
  username: 'bob',
  password: 'not the password',
  new_password: 'another good one',
  'pub-key': 'no key',
  proof: {},
  status: 'away',
  text: 'out',
  encrypted_key: 'no JWE',
  message: 'opaque',
  id: uuid,
  to_key: 'a'.repeat(64),
  session_id: '0123456789abcdef',
}

const all = Object.values<Endpoint>(endpoints).filter(({ produces }) => produces === undefined)
const fieldsOf = (schema: unknown): string[] =>
  Object.keys((schema as { shape?: object } | undefined)?.shape ?? {})

describe('whatever is sent, the answer is never 5xx and always has a code:', () => {
  let server: TestServer
  let alice: TestUser
  let bob: TestUser
  let delivered = 0

  beforeAll(async () => {
    server = await startTestServer()
    const signUp = makeSignUp(server)
    alice = await signUp('alice')
    bob = await signUp('bob')
  })

  afterAll(async () => {
    await server.close()
  })

  const withBody = all.filter(({ body }) => body)
  const withQuery = all.filter(({ query }) => query)
  const withParams = all.filter(({ params }) => params)

  test.each(
    withBody.flatMap((call) =>
      fieldsOf(call.body).map((field) => ({ call, field, name: call.name })),
    ),
  )('field $field of $name', async ({ call, field }) => {
    await fc.assert(
      fc.asyncProperty(hostileValue, async (value) => {
        const body = { ...goodBody(call), [field]: value }
        await judge(call, await send(call, { body: JSON.stringify(body) }))
      }),
      { numRuns: rounds },
    )
  })

  test.each(withBody)('any JSON as the body of $name', async (call) => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), async (body) => {
        await judge(call, await send(call, { body }))
      }),
      { numRuns: rounds },
    )
  })

  test.each(withBody)('any form as the body of $name', async (call) => {
    const entry = fc.tuple(
      fc.oneof(fc.constantFrom(...fieldsOf(call.body)), hostileText),
      hostileText,
    )
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 6 }), async (entries) => {
        const body = new URLSearchParams()
        for (const [k, v] of entries) body.append(k.toWellFormed(), v.toWellFormed())
        await judge(
          call,
          await send(call, { body: `${body}`, mediaType: 'application/x-www-form-urlencoded' }),
        )
      }),
      { numRuns: rounds },
    )
  })

  test.each(
    withQuery.flatMap((call) =>
      fieldsOf(call.query).map((field) => ({ call, field, name: call.name })),
    ),
  )('parameter $field of $name', async ({ call, field }) => {
    // A good `wait` would hold the test up; the schema's own tests read it.
    const raw = fc.constantFrom('%', '%zz', '%00', '%ff', '&&', `&${field}=1`, '[]=1', '%5B%5D=1')
    const texts = fc.oneof(
      hostileText.map((text) => encodeURIComponent(text.toWellFormed())),
      raw,
    )
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const answer = await send(call, { query: `?${field}=${text}` })
        if (answer.status !== 200) await judge(call, answer)
      }),
      { numRuns: rounds },
    )
  })

  test.each(withParams)('the path of $name', async (call) => {
    const raw = fc.constantFrom(
      '%',
      '%zz',
      '%00',
      '%ff',
      '..%2fbob',
      'bob%20',
      '%E2%84%AA',
      ';x=1',
      '.',
      '..',
    )
    const texts = fc.oneof(
      hostileText.map((text) => encodeURIComponent(text.toWellFormed())),
      raw,
    )
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const target = call.path.replace(/:\w+/, () => text)
        const answer = await callRaw(server, call.access === 'proof' ? alice : undefined, {
          method: call.method,
          target,
          ...(call.body && {
            mediaType: 'application/json',
            body: Buffer.from(JSON.stringify(goodBody(call))),
          }),
        })
        countDelivered(call, answer)
        // Another path may match another route, so only the form is judged.
        judgeForm(answer)
      }),
      { numRuns: rounds },
    )
  })

  const sendMessage = endpoints.sendMessage
  const bodyOf = (body: string | Buffer, mediaType = 'application/json') =>
    send(sendMessage, { body, mediaType })
  const codeOf = async (answer: Promise<RawAnswer>) => JSON.parse((await answer).text).code

  test.each([
    ['nothing', ''],
    ['half an object', '{"message":'],
    ['a byte order mark', '\ufeff{"message":"x"}'],
    ['21 levels', `{"message":"x","y":${'['.repeat(20)}${']'.repeat(20)}}`],
    ['a hundred thousand levels', '['.repeat(100_000)],
  ])('a body of %s is invalid', async (_, body) => {
    expect(['invalid_json', 'invalid_request', 'unsupported_media_type']).toContain(
      await codeOf(bodyOf(body)),
    )
  })

  test('invalid UTF-8 is refused, not replaced', async () => {
    const body = Buffer.from('{"message":"x\u00ff"}', 'latin1')
    expect(await codeOf(bodyOf(body))).toBe('invalid_json')
  })

  test('__proto__ and constructor change nothing', async () => {
    const answer = await bodyOf(
      '{"__proto__":{"message":"x"},"constructor":{"prototype":{"message":"y"}}}',
    )
    expect(JSON.parse(answer.text).code).toBe('invalid_request')
    expect(Reflect.get({}, 'message')).toBeUndefined()
  })

  test('a parameter given twice is refused, in queries and forms', async () => {
    expect(await codeOf(send(endpoints.readMessages, { query: '?limit=1&limit=1' }))).toBe(
      'invalid_request',
    )
    expect(await codeOf(send(endpoints.readMessages, { query: '?after=AA&after=BB' }))).toBe(
      'invalid_request',
    )
    expect(await codeOf(bodyOf('message=a&message=a', 'application/x-www-form-urlencoded'))).toBe(
      'invalid_request',
    )
  })

  test('a body over the limit is refused as too large', async () => {
    const body = Buffer.alloc(limits.bodyMaxBytes + 1, 0x20)
    expect(await codeOf(bodyOf(body))).toBe('too_large')
  })

  test('a name of a hundred thousand characters is refused wherever it stands', async () => {
    const long = 'a'.repeat(100_000)
    const registering = send(endpoints.register, {
      body: JSON.stringify({ ...goodBody(endpoints.register), name: long }),
    })
    expect(await codeOf(registering)).toBe('invalid_request')
    const { status } = await callRaw(server, alice, {
      method: 'GET',
      target: `/chat/${long}/publickey`,
    })
    expect([400, 414, 431]).toContain(status)
  })

  test('nothing that was refused is stored', async () => {
    const received: unknown[] = []
    let target = '/chat/messages'
    for (let more = true; more; ) {
      const { body } = await bob.call('GET', target)
      const page = body.messages as Array<{ type: string }>
      received.push(...page.filter(({ type }) => type === 'CHAT_MESSAGE'))
      target = `/chat/messages?after=${body.next}`
      more = body.more === true
    }
    expect(received).toHaveLength(delivered)
  })

  function goodBody(call: Endpoint): Record<string, unknown> {
    const name = call.name === 'register' ? { name: 'Alice' } : {}
    const {
      id: _id,
      to_key: _key,
      ...rest
    } = Object.fromEntries(fieldsOf(call.body).map((field) => [field, good[field]]))
    return { ...rest, ...name }
  }

  async function send(
    call: Endpoint,
    o: { body?: string | Buffer; mediaType?: string; query?: string },
  ): Promise<RawAnswer> {
    const path = call.path.replace(/:(\w+)/g, (_, name: string) => String(good[name]))
    const answer = await callRaw(server, call.access === 'proof' ? alice : undefined, {
      method: call.method,
      target: `${path}${o.query ?? ''}`,
      ...(o.body !== undefined && {
        mediaType: o.mediaType ?? 'application/json',
        body: Buffer.from(o.body),
      }),
    })
    countDelivered(call, answer)
    return answer
  }

  /** The node remembers ids: the same id with the same body is stored once. No id is sent here, so each 200 is one record. */
  function countDelivered(call: Endpoint, answer: RawAnswer): void {
    if (call.name === 'sendMessage' && answer.status === 200) delivered += 1
  }

  async function judge(call: Endpoint, answer: RawAnswer): Promise<void> {
    judgeForm(answer)
    if (answer.status === call.status) return
    const { code } = JSON.parse(answer.text)
    expect([...call.errors, ...commonErrors(call)]).toContain(code)
  }

  function judgeForm(answer: RawAnswer): void {
    expect(answer.status).toBeLessThan(500)
    if (answer.status < 400) return
    expect(answer.mediaType).toMatch(/^application\/problem\+json/)
    const problem = JSON.parse(answer.text)
    expect(statusOf(problem.code)).toBe(answer.status)
    expect(problem).toMatchObject({ status: answer.status, error: problem.detail })
    expect(answer.text).not.toMatch(/\bat .*\.(?:ts|js):\d+/)
  }
})

function statusOf(code: unknown): number | null | undefined {
  return isErrorCode(code) ? errorTable[code].status : undefined
}
