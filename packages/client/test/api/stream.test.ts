import { randomBytes } from 'node:crypto'
import type http from 'node:http'
import { nowProof, parseProof } from '@secure-chat/protocol'
import { makeApi } from '../../src/api/make-api.ts'
import { errorOf } from '../fixtures/folders.ts'
import { hastyClock, manualClock } from '../fixtures/manual-clock.ts'
import { json, scriptedServer } from '../fixtures/scripted-server.ts'

const session = { sid: randomBytes(16), key: randomBytes(32) }
const ready = `event: ready\nid: AAAAAAAAACo\ndata: {"now":"2026-11-23T18:00:00.000Z"}\n\n`
const record = {
  id: '15d607b9-5398-4671-a472-9682d7c903dc',
  type: 'CHAT_MESSAGE',
  sender: 'alice',
  message: 'aGVsbG8',
  timestamp: '2026-11-23T18:00:00.000Z',
}

function open(response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
}

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const event of events) seen.push(event)
  return seen
}

test('gives every event in order, passes over unknown ones, and ends with the server', async () => {
  const { url, requests } = await scriptedServer((_, response) => {
    open(response)
    response.write(`${ready}: comment\n\nevent: new-in-2030\ndata: {}\n\n`)
    response.write(`event: message\nid: AAAAAAAAACs\ndata: ${JSON.stringify(record)}\n\n`)
    response.end('retry: 1500\n\nevent: end\ndata: {"code":"token_invalid"}\n\n')
  })
  const events = await all(makeApi({ server: url, session }).stream({ after: 'AAAAAAAAACo' }))
  expect(events.filter(({ event }) => event !== 'retry')).toEqual([
    { event: 'ready', id: 'AAAAAAAAACo', data: { now: '2026-11-23T18:00:00.000Z' } },
    { event: 'message', id: 'AAAAAAAAACs', data: record },
    { event: 'end', data: { code: 'token_invalid' } },
  ])
  expect(events).toContainEqual({ event: 'retry', data: { retry_ms: 1500 } })
  expect(requests[0]?.target).toBe('/chat/stream?after=AAAAAAAAACo')
})

test('turns a refusal into its error, and a proved time into another try', async () => {
  const { url, requests } = await scriptedServer(({ headers }, response, count) => {
    const proof = parseProof(headers.authorization?.replace('Bearer ', '') ?? '')
    const now = Date.now() + 7_200_000
    const now_proof = nowProof(session.key, proof?.nonce ?? '', now)
    if (count === 1) json(response, 401, { code: 'token_stale', now, now_proof })
    else json(response, 410, { code: 'cursor_expired', resume: 'AAAAAAAAACo' })
  })
  const error = await errorOf(() => all(makeApi({ server: url, session }).stream()))
  expect(error).toMatchObject({ code: 'cursor_expired', members: { resume: 'AAAAAAAAACo' } })
  expect(requests).toHaveLength(2)
})

test.each([
  ['of another form', `event: message\nid: AAAAAAAAACs\ndata: {"id":1}\n\n`],
  ['that is not JSON', `event: message\nid: AAAAAAAAACs\ndata: {\n\n`],
  ['without a cursor', `event: message\ndata: ${JSON.stringify(record)}\n\n`],
  ['that is too long', `event: message\ndata: ${'x'.repeat(3 * 1024 * 1024)}\n\n`],
])('refuses an event %s', async (_, text) => {
  const { url } = await scriptedServer((_, response) => {
    open(response)
    response.write(ready + text)
  })
  const events = makeApi({ server: url, session }).stream()
  const error = await errorOf(() => all(events))
  expect(error).toMatchObject({ code: 'bad_answer' })
})

test('ends with a network error after 45 s without a byte, comments keep it alive', async () => {
  const clock = manualClock()
  let write: (text: string) => void = () => undefined
  const { url } = await scriptedServer((_, response) => {
    open(response)
    write = (text) => void response.write(text)
    write(ready)
  })
  const events = makeApi({ server: url, session, clock }).stream()
  expect(await events.next()).toMatchObject({ value: { event: 'ready' } })
  const waits = clock.armed(45_000)
  const next = errorOf(() => events.next())
  await waits
  for (let count = 0; count < 4; count += 1) {
    const heard = clock.armed(45_000)
    clock.advance(40_000)
    write(': still here\n\n')
    await heard
  }
  clock.advance(45_000)
  const error = await next
  expect(error).toMatchObject({ code: 'network_unreachable' })
  expect(error.message).toContain('silent for 45 s')
  expect(clock.timers()).toBe(0)
})

test('throws a network error when the connection breaks', async () => {
  const { url } = await scriptedServer((_, response) => {
    open(response)
    response.write(ready, () => response.destroy())
  })
  const error = await errorOf(() => all(makeApi({ server: url, session }).stream()))
  expect(error).toMatchObject({ code: 'network_unreachable' })
})

test('ends at an abort, with the signal’s reason, and when the reader leaves', async () => {
  const closed: Promise<void>[] = []
  const { url } = await scriptedServer((_, response) => {
    closed.push(new Promise((resolve) => response.on('close', () => resolve())))
    open(response)
    response.write(ready)
  })
  const controller = new AbortController()
  const api = makeApi({ server: url, session, clock: hastyClock() })
  const events = api.stream({ signal: controller.signal })
  await events.next()
  controller.abort(new Error('Ctrl-C'))
  await expect(events.next()).rejects.toThrow('Ctrl-C')
  for await (const event of api.stream()) {
    expect(event.event).toBe('ready')
    break
  }
  await Promise.all(closed)
  expect(closed).toHaveLength(2)
})
