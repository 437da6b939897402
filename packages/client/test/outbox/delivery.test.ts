import { jest } from '@jest/globals'
import { endpoints, isChatError } from '@secure-chat/protocol'
import { signIn } from '../../src/index.ts'
import { errorOf } from '../fixtures/folders.ts'
import { expectNoNumberTwice, heard, remarks } from '../support/envelopes.ts'
import { isExchange, isSend, lost, makeWire } from '../support/wire.ts'
import { movableClock, startWorld, type World } from '../support/world.ts'

jest.setTimeout(60_000)

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

let count = 0
async function pair() {
  count += 1
  const clock = movableClock()
  const wire = makeWire()
  const sender = await world.person(`ann${count}`, { transport: wire.transport, clock })
  const recipient = await world.person(`ben${count}`)
  return {
    clock,
    wire,
    sender,
    recipient,
    ann: await sender.open(),
    ben: await recipient.open(),
    annName: sender.name,
    benName: recipient.name,
  }
}

test('a key exchange lost on the way goes again, same bytes and id, before the message', async () => {
  const { ann, ben, wire, annName, benName } = await pair()
  await ann.trust.show(benName)
  wire.onRequest = (request) => {
    if (isExchange(request)) throw lost()
  }
  expect(await ann.send(benName, { text: 'one' })).toMatchObject({
    state: 'queued',
    reason: 'network_unreachable',
  })
  expect(wire.sent.filter(isSend)).toEqual([])
  wire.onRequest = () => undefined
  expect(await ann.send(benName, { text: 'two' })).toMatchObject({ state: 'sent' })
  const exchanges = wire.sent.filter(isExchange).map(({ body }) => JSON.stringify(body))
  expect(exchanges.length).toBeGreaterThan(1)
  expect(new Set(exchanges).size).toBe(1)
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['one', 'two'])
  expect(remarks(ben, annName)).toEqual([])
})

test('an answer lost after the server took it makes no second message', async () => {
  const { ann, ben, wire, annName, benName } = await pair()
  let losses = 0
  wire.onAnswer = (request, answer) => {
    if (!isSend(request) && !isExchange(request)) return answer
    losses += 1
    if (losses <= 6) throw lost()
    return answer
  }
  expect(await ann.send(benName, { text: 'once' })).toMatchObject({ state: 'queued' })
  wire.onAnswer = (_, answer) => answer
  expect(await ann.outbox.flush()).toEqual({ sent: 1, left: 0 })
  await ben.sync()
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['once'])
  expectNoNumberTwice(wire.sent)
})

test('without a network everything waits, and goes in order when it is back', async () => {
  const { ann, ben, wire, annName, benName } = await pair()
  await ann.send(benName, { text: '0' })
  wire.cut()
  for (const text of ['1', '2', '3']) {
    expect(await ann.send(benName, { text })).toMatchObject({ state: 'queued' })
  }
  expect(ann.outbox.list().map(({ text, state }) => [text, state])).toEqual([
    ['1', 'waiting'],
    ['2', 'waiting'],
    ['3', 'waiting'],
  ])
  expect(ann.messages({ with: benName }).map(({ state }) => state)).toEqual([
    'sent',
    'queued',
    'queued',
    'queued',
  ])
  wire.mend()
  expect(await ann.outbox.flush()).toEqual({ sent: 3, left: 0 })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['0', '1', '2', '3'])
})

test('a user there is not, oneself, and an empty text are refused with nothing kept', async () => {
  const { ann, annName } = await pair()
  const codes = await Promise.all(
    [
      () => ann.send('nobody-here', { text: 'hi' }),
      () => ann.send(annName, { text: 'hi' }),
      () => ann.send('Not A Name', { text: 'hi' }),
    ].map(async (run) => {
      const error = await errorOf(run)
      return isChatError(error) ? error.code : error
    }),
  )
  expect(codes).toEqual(['no_such_user', 'invalid_request', 'invalid_request'])
  expect(ann.messages({})).toEqual([])
})

test('a refusal for good marks the line, and its number shows as no gap', async () => {
  const { ann, ben, annName, benName } = await pair()
  await ann.send(benName, { text: 'before' })
  await ben.api.call(endpoints.block, { params: { username: annName } })
  expect(await ann.send(benName, { text: 'unwanted' })).toMatchObject({
    state: 'refused',
    reason: 'not_accepted',
  })
  await ben.api.call(endpoints.unblock, { params: { username: annName } })
  expect(await ann.send(benName, { text: 'after' })).toMatchObject({ state: 'sent' })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['before', 'after'])
  expect(remarks(ben, annName)).toEqual([])
  expect(ann.messages({ with: benName }).map(({ state }) => state)).toEqual([
    'sent',
    'refused',
    'sent',
  ])
})

test('a rule of the server is told in its own words, at once or later', async () => {
  const { ann, wire, benName } = await pair()
  await ann.send(benName, { text: 'before' })
  wire.onAnswer = (request, answer) => {
    if (!isSend(request)) return answer
    const problem = { code: 'rejected_by_plugin', status: 422, detail: 'Wait.', reason: 'Wait.' }
    const headers = { ...answer.headers, 'content-type': 'application/problem+json' }
    return { ...answer, status: 422, headers, body: Buffer.from(JSON.stringify(problem)) }
  }
  const refused = { state: 'refused', reason: 'rejected_by_plugin', detail: 'Wait.' }
  expect(await ann.send(benName, { text: 'too soon' })).toMatchObject(refused)
  wire.onRequest = () => {
    throw lost()
  }
  expect(await ann.send(benName, { text: 'meanwhile' })).toMatchObject({ state: 'queued' })
  wire.onRequest = () => undefined
  await ann.outbox.retry()
  expect(ann.outbox.refused()).toEqual([expect.objectContaining({ text: 'meanwhile', ...refused })])
})

test('a refused exchange takes along what waits under it, and the next message makes a new one', async () => {
  const { ann, ben, annName, benName } = await pair()
  await ben.api.call(endpoints.block, { params: { username: annName } })
  expect(await ann.send(benName, { text: 'unwanted' })).toMatchObject({ state: 'refused' })
  await ben.api.call(endpoints.unblock, { params: { username: annName } })
  expect(await ann.send(benName, { text: 'wanted' })).toMatchObject({ state: 'sent' })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['wanted'])
})

test('a rate limit makes a conversation wait, and `retry` goes at once', async () => {
  const { ann, ben, wire, annName, benName, clock } = await pair()
  await ann.send(benName, { text: '0' })
  wire.onAnswer = (request, answer) =>
    isSend(request)
      ? {
          ...answer,
          status: 429,
          headers: {
            ...answer.headers,
            'retry-after': '30',
            'content-type': 'application/problem+json',
          },
          body: Buffer.from(
            JSON.stringify({ code: 'rate_limited', status: 429, detail: 'slow down' }),
          ),
        }
      : answer
  expect(await ann.send(benName, { text: '1' })).toMatchObject({
    state: 'queued',
    reason: 'rate_limited',
  })
  wire.onAnswer = (_, answer) => answer
  expect(await ann.outbox.flush()).toEqual({ sent: 0, left: 1 })
  expect(await ann.send(benName, { text: '2' })).toMatchObject({ state: 'queued' })
  clock.forward(31_000)
  expect(await ann.outbox.flush()).toEqual({ sent: 2, left: 0 })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['0', '1', '2'])
})

test('what is dropped from the outbox is not sent, and shows as no gap', async () => {
  const { ann, ben, wire, annName, benName } = await pair()
  await ann.send(benName, { text: '0' })
  wire.cut()
  const { id } = await ann.send(benName, { text: '1' })
  await ann.send(benName, { text: '2' })
  ann.outbox.drop(id)
  wire.mend()
  await ann.outbox.flush()
  await ann.send(benName, { text: '3' })
  await ben.sync()
  expect(heard(ben, annName)).toEqual(['0', '2', '3'])
  expect(remarks(ben, annName).filter((text) => text.includes('missing'))).toEqual([])
  expect(await errorOf(() => ann.outbox.drop(id))).toMatchObject({ code: 'not_found' })
})

test('a new chain after 100 messages, after 24 hours, on rotate and at a new login', async () => {
  const { ann, ben, wire, clock, sender, annName, benName } = await pair()
  const exchanges = () =>
    new Set(wire.sent.filter(isExchange).map(({ body }) => JSON.stringify(body))).size
  for (let n = 0; n < 101; n += 1) await ann.send(benName, { text: String(n) })
  expect(exchanges()).toBe(2)
  clock.forward(60_000)
  await ann.send(benName, { text: 'same' })
  expect(exchanges()).toBe(2)
  await ann.trust.rotate(benName)
  expect(exchanges()).toBe(3)
  await ben.sync()
  expect(heard(ben, annName)).toHaveLength(102)
  expect(remarks(ben, annName)).toEqual([])
  clock.forward(24 * 60 * 60_000)
  await ann.send(benName, { text: 'a day later' })
  expect(exchanges()).toBe(4)
  await signIn(sender.options, { name: annName, password: sender.password, remember: true })
  const later = await sender.open()
  await later.send(benName, { text: 'after a new login' })
  expect(exchanges()).toBe(5)
  expectNoNumberTwice(wire.sent)
}, 60_000)
