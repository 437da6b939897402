import { randomBytes, randomUUID } from 'node:crypto'
import { endpoints, isChatError, nowProof, parseProof, proofMac } from '@secure-chat/protocol'
import type { Api } from '../../src/api/api.ts'
import { makeApi } from '../../src/api/make-api.ts'
import { errorOf } from '../fixtures/folders.ts'
import { hastyClock, manualClock } from '../fixtures/manual-clock.ts'
import { json, type Seen, scriptedServer } from '../fixtures/scripted-server.ts'

const session = { sid: randomBytes(16), key: randomBytes(32) }
const stored = { status: 'OK', id: 'x', timestamp: '2026-11-23T18:00:00.000Z' }
const page = { messages: [], next: 'AAAAAAAAACo', more: false }
const proofOf = ({ headers }: Seen) =>
  parseProof(headers.authorization?.replace('Bearer ', '') ?? '')

function sendTo(username: string, id?: string) {
  return { params: { username }, body: { message: 'aGVsbG8', ...(id && { id }) } }
}

test('signs method, target, media type and body, and sends the key in no form', async () => {
  const { url, requests } = await scriptedServer((_, response) => json(response, 200, stored))
  const api = makeApi({ server: url, session })
  await api.call(endpoints.sendMessage, sendTo('bob', randomUUID()))
  const [seen] = requests
  if (!seen) throw new Error('nothing was sent')
  const proof = proofOf(seen)
  if (!proof) throw new Error('no proof was sent')
  const { ts, nonce, bodyHash, mac } = proof
  const covered = { method: 'POST', target: '/chat/bob', mediaType: 'application/json' }
  expect(proofMac(session.key, { ...covered, ts, nonce, bodyHash })).toEqual(mac)
  expect(Math.abs(ts - Date.now())).toBeLessThan(60_000)
  for (const form of ['hex', 'base64', 'base64url'] as const) {
    expect(JSON.stringify(requests)).not.toContain(session.key.toString(form))
  }
})

test('signs every attempt anew: another nonce, so a repeat is no replay', async () => {
  const { url, requests } = await scriptedServer((_, response, count) =>
    count < 3 ? json(response, 503, { code: 'busy' }) : json(response, 200, stored),
  )
  const clock = hastyClock()
  const api = makeApi({ server: url, session, clock })
  await api.call(endpoints.sendMessage, sendTo('bob', randomUUID()))
  const nonces = requests.map((seen) => proofOf(seen)?.nonce)
  expect(new Set(nonces).size).toBe(3)
  expect(new Set(requests.map(({ body }) => body)).size).toBe(1)
  expect(clock.waits).toHaveLength(2)
})

type Call = (api: Api) => Promise<unknown>
const signIn = { body: { name: 'alice', password: 'password' } }

test.each<[string, Call]>([
  ['a message without an id', (api) => api.call(endpoints.sendMessage, sendTo('bob'))],
  ['a sign-in', (api) => api.call(endpoints.login, signIn)],
  ['a logout', (api) => api.call(endpoints.logout)],
  ['a raw POST', (api) => api.raw({ method: 'POST', target: '/chat/bob', body: '{"id":"1"}' })],
])('does not repeat %s', async (_, call) => {
  const { url, requests } = await scriptedServer((_, response) => void response.destroy())
  const api = makeApi({ server: url, session, clock: hastyClock() })
  await expect(call(api)).rejects.toMatchObject({ code: 'network_unreachable' })
  expect(requests).toHaveLength(1)
})

test('tries three times in all, then says which server it was and what to check', async () => {
  const { url, server } = await scriptedServer(() => undefined)
  await new Promise((resolve) => server.close(resolve))
  const clock = hastyClock()
  const api = makeApi({ server: url, session, clock })
  const error = await errorOf(() => api.call(endpoints.readMessages))
  expect(error).toMatchObject({ code: 'network_unreachable', exit: 3 })
  expect(error.message).toContain(url.origin)
  expect(error.message).toMatch(/nothing listens there.*Check the address/)
  expect(clock.waits).toHaveLength(2)
})

test('waits as Retry-After asks when that is short, and leaves longer waits to the caller', async () => {
  const short = await scriptedServer((_, response, count) =>
    count === 1
      ? json(response, 503, { code: 'busy' }, { 'retry-after': '2' })
      : json(response, 200, page),
  )
  const clock = hastyClock()
  await makeApi({ server: short.url, session, clock }).call(endpoints.readMessages)
  expect(clock.waits[0]).toBeGreaterThanOrEqual(2000)
  const long = await scriptedServer((_, response) =>
    json(response, 503, { code: 'shutting_down' }, { 'retry-after': '60' }),
  )
  const api = makeApi({ server: long.url, session, clock: hastyClock() })
  await expect(api.call(endpoints.readMessages)).rejects.toMatchObject({
    code: 'shutting_down',
    retryAfterS: 60,
  })
  expect(long.requests).toHaveLength(1)
})

test('does not repeat what the server refused', async () => {
  const { url, requests } = await scriptedServer((_, response) =>
    json(response, 429, { code: 'rate_limited' }, { 'retry-after': '1' }),
  )
  const api = makeApi({ server: url, session, clock: hastyClock() })
  await expect(api.call(endpoints.readMessages)).rejects.toMatchObject({
    code: 'rate_limited',
    exit: 6,
    retryAfterS: 1,
  })
  expect(requests).toHaveLength(1)
})

describe('a clock that is off', () => {
  const stale = (seen: Seen, now: number, key = session.key) => ({
    code: 'token_stale',
    detail: 'stale',
    now,
    now_proof: nowProof(key, proofOf(seen)?.nonce ?? '', now),
  })
  const serverNow = Date.now() + 3_600_000

  test('is corrected by a proved time, and the call made again at once', async () => {
    const { url, requests } = await scriptedServer((seen, response) =>
      Math.abs((proofOf(seen)?.ts ?? 0) - serverNow) > 120_000
        ? json(response, 401, stale(seen, serverNow))
        : json(response, 200, page),
    )
    const api = makeApi({ server: url, session, clock: hastyClock() })
    await api.call(endpoints.readMessages)
    await api.call(endpoints.readMessages)
    expect(requests).toHaveLength(3)
    expect(Math.abs(api.clockOffsetMs() - 3_600_000)).toBeLessThan(60_000)
  })

  test('is corrected for a raw call too', async () => {
    const { url, requests } = await scriptedServer((seen, response, count) =>
      count === 1 ? json(response, 401, stale(seen, serverNow)) : json(response, 200, page),
    )
    const api = makeApi({ server: url, session })
    const answer = await api.raw({ method: 'GET', target: '/chat/messages' })
    expect([answer.status, requests.length]).toEqual([200, 2])
  })

  test('is never corrected by a time that is not proved, nor by Date', async () => {
    const { url, requests } = await scriptedServer((seen, response, count) => {
      const lies = [
        stale(seen, serverNow, randomBytes(32)),
        { ...stale(seen, serverNow), now: serverNow + 1 },
        { code: 'token_stale', now: serverNow },
        { code: 'token_stale', now: String(serverNow), now_proof: 7 },
      ]
      json(response, 401, lies[count - 1], { date: new Date(serverNow).toUTCString() })
    })
    const api = makeApi({ server: url, session, clock: hastyClock() })
    for (let count = 0; count < 4; count += 1) {
      await expect(api.call(endpoints.readMessages)).rejects.toMatchObject({ code: 'bad_answer' })
    }
    expect([api.clockOffsetMs(), requests.length]).toEqual([0, 4])
  })

  test('that cannot be corrected is named in one sentence, after one repeat', async () => {
    const { url, requests } = await scriptedServer((seen, response) =>
      json(response, 401, stale(seen, serverNow)),
    )
    const api = makeApi({ server: url, session, clock: hastyClock() })
    const error = await errorOf(() => api.call(endpoints.readMessages))
    expect(error).toMatchObject({ code: 'clock_off' })
    expect(error.message).toMatch(/about 60 minutes behind.*Set the clock/)
    expect(requests).toHaveLength(2)
  })
})

describe('an answer that is not one', () => {
  test.each([
    ['a page of the network', 200, '<html>Sign in to the Wi-Fi</html>'],
    ['JSON of another form', 200, '{"messages":{}}'],
    ['nothing', 200, ''],
    ['an unknown status', 418, '{"code":"teapot"}'],
  ])('%s is refused', async (_, status, body) => {
    const { url } = await scriptedServer((_, response) => {
      response.writeHead(status)
      response.end(body)
    })
    const api = makeApi({ server: url, session, clock: hastyClock() })
    await expect(api.call(endpoints.readMessages)).rejects.toMatchObject({ code: 'bad_answer' })
  })

  test('that is larger than any can be is given up half-way', async () => {
    const { url } = await scriptedServer((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 'x')
      const fill = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', fill)
      fill()
    })
    const api = makeApi({ server: url, session, clock: hastyClock() })
    const error = await errorOf(() => api.call(endpoints.listSessions))
    expect(error).toMatchObject({ code: 'bad_answer' })
    expect(error.message).toContain('bytes')
  })

  test('is not followed when it redirects: a proof fits one place only', async () => {
    const other = await scriptedServer((_, response) => json(response, 200, page))
    const { url } = await scriptedServer((_, response) => {
      response.writeHead(307, { location: `${other.url.origin}/chat/messages` })
      response.end()
    })
    const error = await errorOf(() =>
      makeApi({ server: url, session }).call(endpoints.readMessages),
    )
    expect(error).toMatchObject({ code: 'bad_answer' })
    expect(error.message).toContain(other.url.origin)
    expect(other.requests).toHaveLength(0)
  })

  test('that is cut off is a network error', async () => {
    const { url } = await scriptedServer((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"mess', () => response.destroy())
    })
    const api = makeApi({ server: url, session, clock: hastyClock() })
    await expect(api.call(endpoints.readMessages)).rejects.toMatchObject({
      code: 'network_unreachable',
    })
  })
})

test('makes the server’s words harmless for a terminal, in every member', async () => {
  const evil = 'no\u001b[31m\u202e\r\u200b'
  const { url } = await scriptedServer((_, response) =>
    json(response, 422, {
      code: 'rejected_by_plugin',
      detail: evil,
      reason: evil,
      errors: [{ pointer: evil, detail: evil }],
    }),
  )
  const api = makeApi({ server: url, session })
  const error = await errorOf(() => api.call(endpoints.sendMessage, sendTo('bob')))
  expect(error).toMatchObject({ code: 'rejected_by_plugin' })
  const { members, errors } = isChatError(error) ? error : {}
  const shown = JSON.stringify([error.message, members, errors])
  expect(shown).toContain('\\\\u{1b}')
  expect(shown).not.toMatch(/[\u202e\u200b]|\\u001b|\\r/)
})

test('says which field is wrong in words, once, and without pointers', async () => {
  const { url } = await scriptedServer((_, response) =>
    json(response, 422, {
      code: 'invalid_request',
      detail: 'The request is not valid: #/text must be at most 140 characters; {session_id} odd.',
      errors: [
        { pointer: '#/text', detail: 'must be at most 140 characters' },
        { pointer: '{session_id}', detail: 'odd' },
      ],
    }),
  )
  const error = await errorOf(() => makeApi({ server: url, session }).call(endpoints.readMessages))
  expect(error).toMatchObject({
    code: 'invalid_request',
    message: 'The text must be at most 140 characters. The session id: odd.',
  })
})

test('takes no client-side code from a server', async () => {
  const { url } = await scriptedServer((_, response) =>
    json(response, 401, {
      code: 'wrong_passphrase',
      detail: 'Type your passphrase at evil.example',
    }),
  )
  const error = await errorOf(() => makeApi({ server: url, session }).call(endpoints.readMessages))
  expect(error).toMatchObject({ code: 'token_invalid' })
  expect(error.message).not.toContain('evil')
})

test('says how to sign in again when the session is over, and without one', async () => {
  const { url, requests } = await scriptedServer((_, response) =>
    json(response, 401, { code: 'token_invalid' }),
  )
  const over = await errorOf(() => makeApi({ server: url, session }).call(endpoints.readMessages))
  expect(over).toMatchObject({ code: 'token_invalid', suggestions: ['secure-chat login NAME'] })
  const named = makeApi({ server: url, session, userName: 'alice' })
  const ours = await errorOf(() => named.call(endpoints.readMessages))
  expect(ours).toMatchObject({ suggestions: ['secure-chat login alice'] })
  const none = await errorOf(() => makeApi({ server: url }).call(endpoints.readMessages))
  expect(none).toMatchObject({ code: 'not_signed_in' })
  expect(requests).toHaveLength(2)
})

test('gives raw answers of every status as they are', async () => {
  const { url, requests } = await scriptedServer((seen, response) =>
    json(response, seen.target === '/a' ? 401 : 404, { code: 'x' }),
  )
  const api = makeApi({ server: url, session })
  expect(await api.raw({ method: 'GET', target: '/a' })).toMatchObject({ status: 401 })
  const put = { method: 'PUT', target: '/b?c=d', body: 'a=b', mediaType: 'Text/X; charset=utf-8' }
  expect(await api.raw(put)).toMatchObject({ status: 404, body: '{"code":"x"}' })
  expect(requests[1]).toMatchObject({ method: 'PUT', target: '/b?c=d', body: 'a=b' })
  expect(requests[1]?.headers['content-type']).toBe('text/x')
})

describe('time limits', () => {
  test('an answer that does not come within 30 s ends the call, and it is not repeated', async () => {
    const clock = manualClock()
    const { url, requests } = await scriptedServer(() => clock.advance(30_001))
    const api = makeApi({ server: url, session, clock })
    const error = await errorOf(() => api.call(endpoints.readMessages))
    expect(error).toMatchObject({ code: 'timeout', exit: 3 })
    expect(error.message).toContain(url.origin)
    expect([requests.length, clock.timers()]).toEqual([1, 0])
  })

  test('a long poll may take its wait longer', async () => {
    const clock = manualClock()
    const { url } = await scriptedServer((_, response) => {
      clock.advance(59_999)
      json(response, 200, page)
    })
    const api = makeApi({ server: url, session, clock })
    await expect(api.call(endpoints.readMessages, { query: { wait: 30 } })).resolves.toEqual(page)
    expect(clock.timers()).toBe(0)
  })
})

describe('an abort', () => {
  test('ends a call that waits for its answer, with the signal’s reason', async () => {
    const controller = new AbortController()
    const { url } = await scriptedServer(() => controller.abort(new Error('Ctrl-C')))
    const api = makeApi({ server: url, session })
    const call = api.call(endpoints.readMessages, {}, { signal: controller.signal })
    await expect(call).rejects.toThrow('Ctrl-C')
  })

  test('ends a wait before a repeat', async () => {
    const controller = new AbortController()
    const { url, requests } = await scriptedServer((_, response) =>
      json(response, 503, { code: 'busy' }, { 'retry-after': '3' }),
    )
    const clock = {
      ...hastyClock(),
      setTimeout: (_: () => void, ms: number) => {
        if (ms < 10_000) queueMicrotask(() => controller.abort(new Error('Ctrl-C')))
        return () => undefined
      },
    }
    const api = makeApi({ server: url, session, clock })
    const call = api.call(endpoints.readMessages, {}, { signal: controller.signal })
    await expect(call).rejects.toThrow('Ctrl-C')
    expect(requests).toHaveLength(1)
  })
})

describe('connections', () => {
  test('are kept for reads and messages with an id', async () => {
    const { url, sockets } = await scriptedServer((_, response) => json(response, 200, page))
    const api = makeApi({ server: url, session })
    for (let count = 0; count < 3; count += 1) await api.call(endpoints.readMessages)
    expect(sockets.size).toBe(1)
    api.close()
  })

  test('that the server closed meanwhile cost a repeat, not an error', async () => {
    const { url, server } = await scriptedServer((_, response) => json(response, 200, page))
    const api = makeApi({ server: url, session, clock: hastyClock() })
    for (let count = 0; count < 5; count += 1) {
      await api.call(endpoints.readMessages)
      server.closeAllConnections()
    }
    api.close()
  })

  test('are new for what must not be sent twice', async () => {
    const { url, sockets, server } = await scriptedServer((_, response) =>
      json(response, 200, { status: 'OK' }),
    )
    const api = makeApi({ server: url, session, clock: hastyClock() })
    for (let count = 0; count < 3; count += 1) {
      await api.call(endpoints.logout)
      server.closeAllConnections()
    }
    expect(sockets.size).toBe(3)
  })
})
